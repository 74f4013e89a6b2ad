/*
One row per child protection plan, collected over all recurring records of a child.

R12: plan = la_child_id + plan start date. The end date and latest category come from the newest record that gives them,
the initial category from the oldest. The plan belongs to the referral of the newest record that returned it.
*/
with

records as (

    select * from {{ ref('int_cin__records') }}
    where rejection_reason is null and plan_start_date is not null

),

reconciled as (

    select
        la_child_key,
        plan_start_date,
        arg_max(referral_date, record_priority) as referral_date,
        arg_max(plan_end_date, record_priority) as plan_end_date,
        arg_min(initial_abuse_category_code, record_priority) as initial_abuse_category_code,
        arg_max(latest_abuse_category_code, record_priority) as latest_abuse_category_code,
        arg_max(n_previous_plans, record_priority) as n_previous_plans,
        min(census_year) as first_census_year,
        max(census_year) as last_census_year
    from records
    group by la_child_key, plan_start_date

)

select * from reconciled
