/*
One row per census year of the extract and geography that is counted: England, its regions, its authorities.

R23: population is the mid-year estimate of the calendar year before the closing March, ages 0 to 17, times the share of
England that the extract stands for. Authorities in no list are kept, with no name and no population.
*/
with

authority_years as (

    select * from {{ ref('local_authority_returns') }}
    where is_in_force or has_returned

),

listed as (

    select
        delivered_years.census_year,
        local_authorities.*
    from {{ source('landing', 'delivered_years') }} as delivered_years
    inner join {{ ref('local_authorities') }} as local_authorities
        on
            delivered_years.census_year >= local_authorities.first_census_year
            and coalesce(delivered_years.census_year <= local_authorities.last_census_year, true)

),

authorities as (

    select
        coalesce(listed.census_year, authority_years.census_year) as census_year,
        coalesce(listed.local_authority_code, authority_years.local_authority_code) as local_authority_code,
        listed.local_authority_name,
        listed.region_code,
        listed.region_name,
        listed.local_authority_code is not null as is_expected,
        coalesce(authority_years.has_returned, false) as has_returned
    from listed
    full join authority_years
        on
            listed.census_year = authority_years.census_year
            and listed.local_authority_code = authority_years.local_authority_code

),

geographies as (

    select
        census_year,
        'National' as geography_level,
        'E92000001' as geography_code,
        'England' as geography_name,
        count_if(is_expected)::integer as n_local_authorities_expected,
        count_if(has_returned)::integer as n_local_authorities_returned
    from authorities
    group by census_year

    union all

    select
        census_year,
        'Regional' as geography_level,
        region_code as geography_code,
        min(region_name) as geography_name,
        count_if(is_expected)::integer as n_local_authorities_expected,
        count_if(has_returned)::integer as n_local_authorities_returned
    from authorities
    where region_code is not null
    group by census_year, region_code

    union all

    select
        census_year,
        'Local authority' as geography_level,
        local_authority_code as geography_code,
        local_authority_name as geography_name,
        is_expected::int as n_local_authorities_expected,
        has_returned::int as n_local_authorities_returned
    from authorities

),

populated as (

    select
        geographies.*,
        census_years.n_months < 12 as is_half_year,
        population.n_children_0_17 * extract.sampling_fraction as population
    from geographies
    inner join {{ ref('census_years') }} as census_years on geographies.census_year = census_years.census_year
    cross join {{ source('landing', 'about_the_extract') }} as extract
    left join {{ ref('population_0_17') }} as population
        on
            geographies.census_year = population.census_year
            and geographies.geography_level = population.geography_level
            and geographies.geography_code = population.geography_code

)

select * from populated
