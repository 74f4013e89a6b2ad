/*
One row per variable and census year that a quality rule may need: those of the main file, and `disability_code`, which is there
where a disabilities file is delivered. A year that is not delivered counts as having one.
*/
with

delivered_disabilities as (

    select distinct census_year from {{ source('landing', 'delivered_variables') }}
    where dataset = 'cin_disabilities' and variable = 'disability_code'

),

delivered_years as (

    select census_year from {{ source('landing', 'delivered_years') }}

),

availability as (

    select
        variable,
        census_year,
        is_documented,
        is_delivered,
        is_available
    from {{ ref('variable_availability') }}

    union all

    select
        'disability_code' as variable,
        delivered_years.census_year,
        true as is_documented,
        delivered_disabilities.census_year is not null as is_delivered,
        is_delivered as is_available
    from delivered_years
    left join delivered_disabilities on delivered_years.census_year = delivered_disabilities.census_year

)

select * from availability
