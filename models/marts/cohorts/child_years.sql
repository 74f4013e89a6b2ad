/*
One row per child_id and census year in which the child was recorded, open or on a plan (R21, R22).

Sums of these flags by year are the England figures of annual_prevalence and annual_incidence under child_id.
*/
with

years as (

    select * from {{ ref('int_cin__la_child_years') }}

),

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

summed as (

    select
        identifiers.child_key,
        years.census_year,
        bool_or(years.is_recorded) as is_recorded,
        bool_or(years.is_open) as is_open,
        bool_or(years.is_referred) as is_referred,
        bool_or(years.is_entered_by_child_id) as is_entered,
        bool_or(years.is_in_need_any_point) as is_in_need_any_point,
        bool_or(years.is_in_need_31_march) as is_in_need_31_march,
        bool_or(years.is_protection_plan_any_point) as is_protection_plan_any_point,
        bool_or(years.is_protection_plan_31_march) as is_protection_plan_31_march,
        sum(years.n_referrals)::smallint as n_referrals,
        sum(years.n_rereferrals_by_child_id)::smallint as n_rereferrals_12_months
    from years
    inner join identifiers on years.la_child_key = identifiers.la_child_key
    group by identifiers.child_key, years.census_year

),

children as (

    select * from {{ ref('int_cin__children') }}

),

child_years as (

    select
        children.child_id,
        summed.* exclude (child_key),
        case
            when children.birth_month_start <= make_date(summed.census_year, 3, 31)
                then {{ whole_years('children.birth_month_start', 'make_date(summed.census_year, 3, 31)') }}
        end as age_on_31_march
    from summed
    inner join children on summed.child_key = children.child_key

)

select * from child_years
