/*
One row per row of the main files that gives anything of a child protection plan, with the quality rules on the plan.
Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.
*/
with

records as (

    select *
    from {{ ref('int_cin__records') }}
    where
        plan_start_date is not null or plan_start_date_is_invalid
        or plan_end_date is not null or plan_end_date_is_invalid
        or initial_abuse_category_code is not null or initial_abuse_category_code_is_invalid
        or latest_abuse_category_code is not null or latest_abuse_category_code_is_invalid

),

years as (

    select * from {{ ref('census_years') }}

),

judged as (

    select
        records.census_year,
        records.local_authority_code,
        records.local_authority_code || '-' || records.local_child_id as la_child_id,
        records.referral_date,
        records.plan_start_date,
        -- dates
        coalesce(records.plan_start_date > years.census_day, true) as dfe_8720,
        records.plan_start_date < records.referral_date as dfe_1105,
        records.plan_start_date = records.plan_end_date as dfe_8840,
        records.plan_end_date < records.plan_start_date as dfe_8925,
        records.plan_end_date not between years.first_day and years.census_day as dfe_8930,
        records.plan_start_date > records.death_date as dfe_8915,
        records.plan_end_date > records.death_date as dfe_8920,
        -- what goes with a plan
        records.initial_abuse_category_code is null as dfe_8905,
        if(records.census_year >= 2013, records.latest_abuse_category_code is null, null) as dfe_8910,
        coalesce(records.n_previous_plans < 0, true) as dfe_8730,
        records.is_no_further_action as dfe_8832,
        if(records.census_year >= 2010, records.initial_conference_date is null, null) as initial_conference_missing
    from records
    inner join years on records.census_year = years.census_year

)

select * from judged
