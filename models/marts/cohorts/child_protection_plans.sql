/*
One row per child protection plan: la_child_id + plan start date (R12), collected over all records of the child.

Plans are supplied for the census years 2009 and 2013 onwards. `plan_end_date_for_counting` is the recorded end,
else the end of the plan's episode: a plan does not outlast the case (D13).
*/
with

plans as (

    select * from {{ ref('int_cin__plans_reconciled') }}

),

episodes as (

    select * from {{ ref('int_cin__episodes_in_sequence') }}

),

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

child_protection_plans as (

    select
        identifiers.la_child_id || '-plan-' || plans.plan_start_date as plan_id,
        identifiers.child_id,
        identifiers.la_child_id,
        identifiers.la_child_id || '-' || plans.referral_date as episode_id,
        identifiers.local_authority_code,
        plans.plan_start_date,
        plans.plan_end_date,
        coalesce(
            plans.plan_end_date,
            if(
                episodes.closure_date_for_counting < plans.plan_start_date,
                plans.plan_start_date,
                episodes.closure_date_for_counting
            )
        ) as plan_end_date_for_counting,
        plans.plan_end_date is null and episodes.is_open_on_closure_date as is_open_on_end_date,
        coalesce(plans.plan_end_date < plans.plan_start_date, false) as is_end_before_start,
        plans.initial_abuse_category_code,
        plans.latest_abuse_category_code,
        plans.n_previous_plans,
        plans.first_census_year,
        plans.last_census_year
    from plans
    inner join identifiers on plans.la_child_key = identifiers.la_child_key
    inner join episodes
        on plans.la_child_key = episodes.la_child_key and plans.referral_date = episodes.referral_date

)

select * from child_protection_plans
