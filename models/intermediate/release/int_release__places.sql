/*
One row per census year and place with a count: those of the year, and authorities that have cases in a year in which they neither
were in force nor returned. Such cases were opened by a predecessor; England counts them, and no authority shows them.
*/
with

of_the_year as (

    select
        *,
        true as is_shown
    from {{ ref('int_cin__geography_years') }}

),

counted as (

    select distinct
        counts.census_year,
        counts.geography_level,
        counts.geography_code,
        0 as n_local_authorities_expected,
        0 as n_local_authorities_returned,
        census_years.n_months < 12 as is_half_year,
        false as is_shown
    from {{ ref('int_cin__annual_counts') }} as counts
    inner join {{ ref('census_years') }} as census_years on counts.census_year = census_years.census_year

),

places as (

    select * from of_the_year
    union all by name
    select counted.*
    from counted
    left join of_the_year
        on
            counted.census_year = of_the_year.census_year
            and counted.geography_level = of_the_year.geography_level
            and counted.geography_code = of_the_year.geography_code
    where of_the_year.census_year is null

)

select * from places
