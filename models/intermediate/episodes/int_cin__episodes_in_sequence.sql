/*
One row per referral episode, set among the other episodes of the same child, under each of the three ids.

R18: an episode overlaps a previous one if it starts before that one ends; it may start on the day that one closed.
rereferral_while_open: the earlier one's end is recorded. missing_closure: it is not, and the later one starts before
31 March of the earlier one's last return, or the earlier one is still open. The estimate of R15 then cuts the earlier
one short, so nothing is counted twice (D11).
R20: no further action, not in need (RC8 or RC9 and no plan), in need.
R22: what came before, for first and repeated referrals. A referral dated before its authority existed continues the
predecessor's case, and is no referral of its own (D14).
Most children are one la_child_id under every id: they are put in order once, the others under each id.
*/
with

authorities as (

    select
        local_authority_code,
        min(first_census_year) as first_census_year
    from {{ ref('local_authorities') }}
    group by local_authority_code

),

episodes as (

    select
        closed.* exclude (case_kind, next_referral_date, last_return_day, last_day_returned_open, is_no_further_action),
        reconciled.last_census_year,
        reconciled.returned_years,
        reconciled.is_no_further_action,
        reconciled.primary_need_code,
        not reconciled.is_no_further_action
        and coalesce(reconciled.closure_reason_code in ('RC8', 'RC9'), false)
        and not reconciled.has_protection_plan as is_not_in_need,
        identifiers.la_child_id,
        identifiers.local_authority_code,
        identifiers.pmr_first_key,
        identifiers.child_key,
        greatest(identifiers.n_la_child_ids_of_pmr_first_id, identifiers.n_la_child_ids_of_child_id) = 1 as is_single,
        closed.closure_basis in ('recorded', 'no_further_action') as has_known_end,
        case
            when closed.closure_basis in ('recorded', 'no_further_action') then closed.closure_date
            when closed.closure_basis = 'open' then date '9999-12-31'
            else make_date(reconciled.last_census_year, 3, 31)
        end as end_before_estimate,
        -- an authority in no list has no predecessor
        coalesce(authorities.first_census_year > 2009, false)
        and closed.referral_date < make_date(authorities.first_census_year - 1, 4, 1) as is_continued_from_predecessor
    from {{ ref('int_cin__episodes_closed') }} as closed
    inner join {{ ref('int_cin__episodes_reconciled') }} as reconciled
        on closed.la_child_key = reconciled.la_child_key and closed.referral_date = reconciled.referral_date
    inner join {{ ref('int_cin__identifiers') }} as identifiers on closed.la_child_key = identifiers.la_child_key
    left join authorities on identifiers.local_authority_code = authorities.local_authority_code

),

sequenced as (

    {% for is_single in [true, false] -%}
    select
        episodes.*,
        lag(episodes.referral_date) over la_child_id_before as previous_referral_date_of_la_child_id,
        {%- for scheme in ['pmr_first_id', 'child_id'] %}
        {{ 'previous_referral_date_of_la_child_id' if is_single
            else 'max(episodes.referral_date) over ' ~ scheme ~ '_until_yesterday' }} as previous_referral_date_of_{{ scheme }},
        {%- endfor %}
        {%- for scheme in ['la_child_id', 'child_id'] %}
        {%- set before = 'la_child_id_before' if is_single else scheme ~ '_before' %}
        max(episodes.end_before_estimate) filter (where episodes.has_known_end) over {{ before }}
            as latest_known_end_of_{{ scheme }},
        max(episodes.end_before_estimate) over {{ before }} as latest_end_of_{{ scheme }},
        {%- endfor %}
        coalesce(lead(episodes.referral_date) over la_child_id_before < episodes.end_before_estimate, false) as overlaps_next
    from episodes
    where episodes.is_single is {{ '' if is_single else 'not ' }}true
    window
        {%- if not is_single %}
        {%- for scheme in ['pmr_first_id', 'child_id'] %}
        {{ scheme }}_until_yesterday as (
            partition by episodes.{{ id_schemes()[scheme] }} order by episodes.referral_date
            range between unbounded preceding and interval 1 day preceding
        ),
        {%- endfor %}
        child_id_before as (
            partition by episodes.child_key
            -- of two on one day, which only two ids can have, the one that lasts longer is the earlier, as in spells
            order by episodes.referral_date asc, episodes.end_before_estimate desc, episodes.la_child_id asc
            rows between unbounded preceding and 1 preceding
        ),
        {%- endif %}
        la_child_id_before as (
            partition by episodes.la_child_key order by episodes.referral_date
            rows between unbounded preceding and 1 preceding
        )
    {{ 'union all' if is_single }}
    {% endfor %}

),

judged as (

    select
        * exclude (
            la_child_id, end_before_estimate, has_known_end, is_single,
            latest_known_end_of_la_child_id, latest_end_of_la_child_id, latest_known_end_of_child_id, latest_end_of_child_id
        ),
        {%- for scheme, suffix in {'la_child_id': '', 'child_id': '_of_child'}.items() %}
        coalesce(latest_end_of_{{ scheme }} > referral_date, false) as overlaps_previous{{ suffix }},
        case
            when latest_known_end_of_{{ scheme }} > referral_date then 'rereferral_while_open'
            when latest_end_of_{{ scheme }} > referral_date then 'missing_closure'
        end as overlap_kind{{ suffix }},
        {%- endfor %}
        not is_no_further_action and not is_not_in_need as is_in_need
    from sequenced

)

select * from judged
