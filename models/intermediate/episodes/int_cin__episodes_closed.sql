/*
One row per referral episode: when it ended, on what evidence, and within which bounds. Judged within one la_child_id.
R15: `closure_basis`, first that applies: recorded, no_further_action, open, next_referral, censored, last_return.
R16: an open episode that does not come back has vanished if its authority returned next year; else it is censored.
R17: a recorded closure before the referral is set to the referral date; the recorded date is kept.
The bounds rest on dated evidence, never on a closure that is not there (D27). Earliest: the last dated sign of life, or the first
day of the year of its last return, and as many years before as closures become known late: a case is returned for a year in which
it was open. Latest: the last return, where some return says that it closed. A case that vanished: if closures become known late,
the 31 March of the next year that its authority returned, else the end of the extract.
`closure_date_for_counting` is never before a 31 March on which the case was returned as open, and `is_open_on_closure_date`
says that it is such a day: DfE counts the case then (D12).
*/
with

episodes as (

    select
        *,
        make_date(last_year_returned_open, 3, 31) as last_day_returned_open,
        make_date(last_census_year, 3, 31) as last_return_day,
        lead(referral_date) over (partition by la_child_key order by referral_date) as next_referral_date
    from {{ ref('int_cin__episodes_reconciled') }}

),

extract_bounds as (

    select
        lateness.n_years_late,
        lateness.is_flag_believed,
        (select max(census_year) from {{ source('landing', 'delivered_years') }}) as newest_census_year
    from {{ ref('int_cin__closure_lateness') }} as lateness

),

based as (

    select
        episodes.*,
        case
            when episodes.recorded_closure_date is not null then 'recorded'
            when episodes.is_no_further_action then 'no_further_action'
            when not episodes.is_closed and episodes.last_census_year = extract_bounds.newest_census_year then 'open'
            when episodes.next_referral_date <= episodes.last_return_day then 'next_referral'
            when not episodes.is_closed and next_return.has_returned is not true then 'censored'
            else 'last_return'
        end as closure_basis,
        not episodes.is_closed and coalesce(next_return.has_returned, false) as is_vanished,
        greatest(
            episodes.last_dated_sign,
            if(extract_bounds.is_flag_believed, episodes.last_day_flagged_in_need, null),
            make_date(episodes.last_census_year - 1 - extract_bounds.n_years_late, 4, 1)
        ) as last_sign_of_life,
        extract_bounds.n_years_late,
        make_date(extract_bounds.newest_census_year, 3, 31) as last_census_day,
        case
            when episodes.is_closed then episodes.last_return_day
            when extract_bounds.n_years_late > 0 then make_date(next_return.next_year_returned, 3, 31)
        end as last_possible_day
    from episodes
    cross join extract_bounds
    left join {{ ref('local_authority_returns') }} as next_return
        on
            episodes.local_authority_code = next_return.local_authority_code
            and next_return.census_year = episodes.last_census_year + 1

),

dated as (

    select
        *,
        case closure_basis
            when 'recorded' then greatest(recorded_closure_date, referral_date)
            when 'no_further_action' then referral_date
            when 'next_referral' then next_referral_date - 1
            when 'censored' then last_return_day
            when 'last_return' then last_return_day
        end as estimated_closure_date
    from based

),

bounded as (

    select
        la_child_key,
        referral_date,
        case_kind,
        is_no_further_action,
        next_referral_date,
        last_return_day,
        last_day_returned_open,
        -- a referral dated after its last return's census day cannot end before it began
        if(estimated_closure_date < referral_date, referral_date, estimated_closure_date) as closure_date,
        closure_basis,
        closure_basis = 'recorded' and recorded_closure_date < referral_date as is_closure_before_referral,
        is_vanished,
        case
            when closure_basis in ('recorded', 'no_further_action') then closure_date
            when closure_basis <> 'open' then greatest(closure_date, last_day_returned_open)
        end as closure_date_for_counting,
        closure_basis not in ('recorded', 'no_further_action', 'open')
        and coalesce(closure_date_for_counting = last_day_returned_open, false) as is_open_on_closure_date,
        case
            when closure_basis = 'recorded' then greatest(earliest_recorded_closure_date, referral_date)
            when closure_basis = 'open' and n_years_late = 0 then last_census_day
            else greatest(least(coalesce(estimated_closure_date, last_census_day), last_sign_of_life), referral_date)
        end as closure_date_earliest,
        case
            when closure_basis = 'open' then null
            when closure_basis = 'recorded' and not is_closure_before_referral then latest_recorded_closure_date
            when closure_basis = 'no_further_action' and last_day_returned_open is null then referral_date
            else greatest(coalesce(last_possible_day, last_census_day), closure_date)
        end as closure_date_latest
    from dated

)

select * from bounded
