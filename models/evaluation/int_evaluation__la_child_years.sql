/*
One row per la_child_id and census year: what a perfect reading of the same returns would count of it (R21, R22).

Built from the true cases and plans of which the extract has a row, with their true dates as far as a return could know them.
The columns are those of `int_cin__la_child_years`, for two id schemes: `attainable` (ids that recorded identifiers can join)
and `truth` (the true child). What no return holds is not here; `evaluation_summary` counts that apart.
*/
{{ config(database="cin_work") }}
{%- set schemes = {'attainable': 'attainable_key', 'truth': 'true_child_id'} %}
with

ids as (

    select * from {{ ref('int_evaluation__ids') }}

),

census_years as (

    select
        census_years.census_year,
        census_years.first_day,
        census_years.census_day
    from {{ ref('census_years') }} as census_years
    inner join {{ source('landing', 'delivered_years') }} as delivered_years
        on census_years.census_year = delivered_years.census_year

),

sequenced as (

    select
        episodes.*,
        authorities.is_continued_from_predecessor,
        {%- for scheme in schemes %}
        max(episodes.referral_date) over {{ scheme }}_until_yesterday as previous_referral_date_of_{{ scheme }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_evaluation__episodes') }} as episodes
    inner join ids on episodes.la_child_key = ids.la_child_key
    inner join (
        select
            la_child_key,
            referral_date,
            is_continued_from_predecessor
        from {{ ref('int_cin__episodes_in_sequence') }}
    ) as authorities
        on episodes.la_child_key = authorities.la_child_key and episodes.referral_date = authorities.referral_date
    where episodes.is_true and episodes.is_in_extract
    window
        {%- for scheme, key in schemes.items() %}
        {{ scheme }}_until_yesterday as (
            partition by ids.{{ key }} order by episodes.referral_date
            range between unbounded preceding and interval 1 day preceding
        )
        {{- ',' if not loop.last }}
        {%- endfor %}

),

episodes as (

    select
        sequenced.la_child_key,
        census_years.census_year,
        sequenced.returned_years & (1::integer << (census_years.census_year - 2009)::integer) <> 0 as is_recorded,
        sequenced.referral_date <= census_years.census_day
        and coalesce(sequenced.known_end, date '9999-12-31') >= census_years.first_day as is_open,
        is_open and sequenced.is_in_need as is_in_need_any_point,
        is_in_need_any_point
        and (
            coalesce(sequenced.known_end, date '9999-12-31') > census_years.census_day
            or (sequenced.known_end = census_years.census_day and sequenced.is_open_on_known_end)
        ) as is_in_need_31_march,
        is_open and sequenced.referral_date >= census_years.first_day and not sequenced.is_continued_from_predecessor
            as is_referred,
        {%- for scheme in schemes %}
        is_referred and sequenced.previous_referral_date_of_{{ scheme }} is null as is_entered_by_{{ scheme }},
        is_referred
        and sequenced.previous_referral_date_of_{{ scheme }} >= sequenced.referral_date - interval 12 months
            as is_rereferred_by_{{ scheme }},
        {%- endfor %}
        is_referred and sequenced.is_in_need as is_episode_started
    from sequenced
    inner join census_years
        on
            sequenced.returned_years & (1::integer << (census_years.census_year - 2009)::integer) <> 0
            or (
                sequenced.referral_date <= census_years.census_day
                and coalesce(sequenced.known_end, date '9999-12-31') >= census_years.first_day
            )

),

summed as (

    select
        la_child_key,
        census_year,
        {%- for flag in ['recorded', 'open', 'in_need_any_point', 'in_need_31_march', 'referred'] %}
        coalesce(bool_or(is_{{ flag }}), false) as is_{{ flag }},
        {%- endfor %}
        {%- for scheme in schemes %}
        coalesce(bool_or(is_entered_by_{{ scheme }}), false) as is_entered_by_{{ scheme }},
        (count(*) filter (where is_rereferred_by_{{ scheme }}))::smallint as n_rereferrals_by_{{ scheme }},
        {%- endfor %}
        (count(*) filter (where is_referred))::smallint as n_referrals,
        (count(*) filter (where is_episode_started))::smallint as n_episodes_started
    from episodes
    group by la_child_key, census_year

)

select * from summed
