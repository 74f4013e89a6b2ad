/*
One row per episode and census year in which it was returned, with the quality rules that compare one return's episodes.
Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.

DfE's rules 8815, 8816 and 8820 look at one return, as the authority's own checks did. The paper's overlaps look at the
reconciled episodes (R18), under every year that returned them. An open case runs to the census day; ends are exclusive.
*/
with

returns as (

    select
        *,
        not is_closed and not is_no_further_action as is_open,
        if(is_closed, closure_date, make_date(census_year, 3, 31)) as end_in_return
    from {{ ref('int_cin__episode_returns') }}

),

-- most children have one episode in a return: only the others are compared
children_with_several as (

    select
        la_child_key,
        census_year
    from returns
    group by la_child_key, census_year
    having count(*) > 1

),

compared as (

    select
        returns.la_child_key,
        returns.referral_date,
        returns.census_year,
        count_if(returns.is_open) over child > 1 as is_one_of_several_open,
        max(returns.referral_date) filter (where not returns.is_no_further_action) over child > returns.referral_date
            as is_open_and_not_the_latest,
        max(returns.end_in_return) over earlier > returns.referral_date
        or lead(returns.referral_date) over earlier < returns.end_in_return as is_overlapping
    from returns
    inner join children_with_several
        on
            returns.la_child_key = children_with_several.la_child_key
            and returns.census_year = children_with_several.census_year
    window
        child as (partition by returns.la_child_key, returns.census_year),
        earlier as (
            partition by returns.la_child_key, returns.census_year order by returns.referral_date
            rows between unbounded preceding and 1 preceding
        )

),

judged as (

    select
        returns.census_year,
        returns.local_authority_code,
        returns.la_child_key,
        returns.referral_date,
        returns.n_records > returns.n_distinct_records as exact_duplicate,
        returns.is_described_in_two_ways as referral_described_in_two_ways,
        if(returns.is_closed, not returns.has_closure_date, null) as closure_date_missing,
        case
            when not returns.is_open then null
            when returns.census_year < sequenced.last_census_year then false
            when sequenced.is_vanished then true
        end as case_vanished,
        if(returns.is_open, coalesce(compared.is_one_of_several_open, false), null) as dfe_8815,
        if(returns.is_open, coalesce(compared.is_open_and_not_the_latest, false), null) as dfe_8816,
        coalesce(compared.is_overlapping, false) as dfe_8820,
        sequenced.overlaps_previous or sequenced.overlaps_next as episode_overlaps,
        coalesce(sequenced.overlap_kind = 'missing_closure', false) as overlap_by_missing_closure,
        coalesce(sequenced.overlap_kind = 'rereferral_while_open', false) as overlap_by_rereferral_while_open
    from returns
    inner join {{ ref('int_cin__episodes_in_sequence') }} as sequenced
        on returns.la_child_key = sequenced.la_child_key and returns.referral_date = sequenced.referral_date
    left join compared
        on
            returns.la_child_key = compared.la_child_key
            and returns.referral_date = compared.referral_date
            and returns.census_year = compared.census_year

)

select * from judged
