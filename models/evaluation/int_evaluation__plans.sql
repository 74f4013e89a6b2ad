/*
One row per child protection plan, true or found, by true child and start date.

`is_in_extract` is true where a census year that has the columns of plans returned the plan's case while the plan was running.
`known_end` is the true end where it came by the last such return; else the plan ends with its case, as far as that is known
(D13). A plan that two authorities returned, before and after a reorganisation, is one plan here.
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

-- a case that moved to another authority in a reorganisation is known under both ids
true_cases as (

    select
        ids.true_child_id,
        episodes.referral_date,
        bit_or(episodes.returned_years) as returned_years,
        arg_max(episodes.known_end, episodes.returned_years) as known_end,
        bool_or(episodes.known_end is null) as is_open,
        arg_max(episodes.is_open_on_known_end, episodes.returned_years) as is_open_on_known_end
    from {{ ref('int_evaluation__episodes') }} as episodes
    inner join {{ ref('int_evaluation__ids') }} as ids on episodes.la_child_key = ids.la_child_key
    where episodes.is_in_extract
    group by ids.true_child_id, episodes.referral_date

),

true_plans as (

    select
        plans.child_id as true_child_id,
        plans.plan_start_date,
        min(hash(plans.local_authority_code, plans.local_child_id)) as la_child_key,
        min(plans.plan_end_date) as plan_end_date,
        max(census_years.census_day) as last_plan_return_day,
        any_value(true_cases.known_end) filter (where not true_cases.is_open) as known_end_of_case,
        coalesce(bool_or(true_cases.is_open_on_known_end), false) as is_case_open_on_known_end
    from {{ source('truth', 'plans') }} as plans
    left join true_cases
        on plans.child_id = true_cases.true_child_id and plans.referral_date = true_cases.referral_date
    left join census_years
        on
            plans.plan_start_date <= census_years.census_day
            and coalesce(plans.plan_end_date, date '9999-12-31') >= census_years.first_day
            and {{ is_returned_in('true_cases.returned_years', 'census_years.census_year') }}
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
        true_plans.la_child_key,
        true_plans.true_child_id is not null as is_true,
        true_plans.last_plan_return_day is not null as is_in_extract,
        coalesce(true_plans.plan_end_date <= true_plans.last_plan_return_day, false) as is_end_returned,
        if(is_end_returned, true_plans.plan_end_date, true_plans.known_end_of_case) as known_end,
        not is_end_returned and true_plans.is_case_open_on_known_end as is_open_on_known_end,
        found.true_child_id is not null as is_found
    from true_plans
    full join found
        on true_plans.true_child_id = found.true_child_id and true_plans.plan_start_date = found.plan_start_date

)

select * from compared
