/*
One row per child protection plan, true or found, by true child and start date.

`is_in_extract` is true where a census year that has the columns of plans returned the plan's case while the plan was running.
A plan that two authorities returned, before and after a reorganisation, is one plan here.
*/
{{ config(database="cin_work") }}
with

census_years as (

    select
        census_years.census_year,
        census_years.first_day,
        census_years.census_day
    from {{ ref('census_years') }} as census_years
    inner join {{ source('landing', 'delivered_years') }} as delivered_years
        on census_years.census_year = delivered_years.census_year
    inner join {{ ref('variable_availability') }} as availability
        on census_years.census_year = availability.census_year
    where availability.variable = 'plan_start_date' and availability.is_available

),

true_episodes as (

    select
        child_id,
        referral_date,
        bit_or(returned_years) as returned_years
    from {{ source('truth', 'episodes') }}
    group by child_id, referral_date

),

true_plans as (

    select
        plans.child_id as true_child_id,
        plans.plan_start_date,
        count(census_years.census_year) > 0 as is_in_extract
    from {{ source('truth', 'plans') }} as plans
    left join true_episodes
        on plans.child_id = true_episodes.child_id and plans.referral_date = true_episodes.referral_date
    left join census_years
        on
            plans.plan_start_date <= census_years.census_day
            and coalesce(plans.plan_end_date, date '9999-12-31') >= census_years.first_day
            and true_episodes.returned_years & (1::integer << (census_years.census_year - 2009)::integer) <> 0
    group by plans.child_id, plans.plan_start_date

),

found as (

    select distinct
        ids.true_child_id,
        plans.plan_start_date
    from {{ ref('int_cin__plans_reconciled') }} as plans
    inner join {{ ref('int_evaluation__ids') }} as ids on plans.la_child_key = ids.la_child_key

),

compared as (

    select
        coalesce(true_plans.true_child_id, found.true_child_id) as true_child_id,
        coalesce(true_plans.plan_start_date, found.plan_start_date) as plan_start_date,
        true_plans.true_child_id is not null as is_true,
        coalesce(true_plans.is_in_extract, false) as is_in_extract,
        found.true_child_id is not null as is_found
    from true_plans
    full join found
        on true_plans.true_child_id = found.true_child_id and true_plans.plan_start_date = found.plan_start_date

)

select * from compared
