/*
One row per item of the return and census year: was it collected, under which header, and how much of it is missing?

England, from `missingness`. Counts and shares are null where the item was not collected, or the year not delivered.
*/
with

availability as (

    select * from {{ ref('variable_availability') }}

),

missing as (

    select
        variable,
        census_year,
        sum(n_expected)::bigint as n_expected,
        sum(n_missing)::bigint as n_missing,
        sum(n_invalid)::bigint as n_invalid
    from {{ ref('missingness') }}
    group by variable, census_year

),

years as (

    select
        availability.variable,
        availability.census_year,
        availability.is_available,
        availability.header,
        missing.n_expected,
        missing.n_missing,
        missing.n_invalid,
        100.0 * missing.n_missing / missing.n_expected as percent_missing,
        100.0 * missing.n_invalid / missing.n_expected as percent_invalid
    from availability
    left join missing
        on availability.variable = missing.variable and availability.census_year = missing.census_year

)

select * from years
order by variable, census_year
