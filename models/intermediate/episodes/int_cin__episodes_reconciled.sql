/*
One row per referral episode, however many census years returned it.

R10: episode = la_child_id + referral date.
R11: for every attribute the newest census year in which it is given wins; ties within a year fall by
`record_priority`, a total order over the values. Protection plans are collected elsewhere (R12).
R14: closed if a closure date, a reason for closure or no further action is given.
`returned_years` holds one bit per census year, 2009 being the lowest.
*/
with

records as (

    select * from {{ ref('int_cin__records') }}
    where rejection_reason is null

),

reconciled as (

    select
        la_child_key,
        referral_date,
        min(local_authority_code) as local_authority_code,
        min(census_year) as first_census_year,
        max(census_year) as last_census_year,
        bit_or({{ year_bit('census_year') }}) as returned_years,
        arg_max(closure_date, record_priority) as recorded_closure_date,
        arg_max(closure_reason_code, record_priority) as closure_reason_code,
        coalesce(arg_max(is_no_further_action, record_priority), false) as is_no_further_action,
        min(is_no_further_action) <> max(is_no_further_action) as has_changed_no_further_action,
        min(closure_date) as earliest_recorded_closure_date,
        max(closure_date) as latest_recorded_closure_date,
        earliest_recorded_closure_date <> latest_recorded_closure_date as has_changed_closure_date,
        arg_max(primary_need_code, record_priority) as primary_need_code,
        arg_max(referral_source_code, record_priority) as referral_source_code,
        arg_max(initial_conference_date, record_priority) as initial_conference_date,
        max(census_year) filter (
            where closure_date is null and closure_reason_code is null and is_no_further_action is not true
        ) as last_year_returned_open,
        min(census_year) filter (
            where closure_date is not null or closure_reason_code is not null or is_no_further_action
        ) as first_year_returned_closed,
        -- signs of life with a date: the last of them, and the last 31 March on which DfE flags the case (R15)
        max(greatest(referral_date, initial_conference_date, plan_start_date, plan_end_date)) as last_dated_sign,
        make_date(max(census_year) filter (where is_in_need_on_31_march), 3, 31) as last_day_flagged_in_need,
        bool_or(
            is_on_protection_plan is true
            or coalesce(plan_start_date, plan_end_date) is not null
            or coalesce(initial_abuse_category_code, latest_abuse_category_code) is not null
        ) as has_protection_plan
    from records
    group by la_child_key, referral_date

),

judged as (

    select
        *,
        bit_count(returned_years)::smallint as n_returns,
        recorded_closure_date is not null or closure_reason_code is not null or is_no_further_action as is_closed,
        -- cases that last alike, for the date on which a closure without a date is to be expected (D28)
        case
            when has_protection_plan then 'protection_plan'
            when closure_reason_code in ('RC8', 'RC9') then 'assessment'
            when primary_need_code = 'N2' then 'disability'
            else 'other'
        end as case_kind
    from reconciled

)

select * from judged
