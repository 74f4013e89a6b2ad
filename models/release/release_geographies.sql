/*
One row per census year and place of the release: England, its regions, its authorities, as the open-data format names them.

An authority keeps its name where it returned although its code was not in force. What is in no list, or names no authority,
stands together under the code x, Not available. Places that did not exist in the year are kept, not shown: England counts
their cases. R23: population of the year, times the share of England that the extract stands for.
*/
with

geographies as (

    select * from {{ ref('int_release__places') }}

),

newest_names as (

    select
        local_authority_code,
        arg_max(local_authority_name, first_census_year) as local_authority_name,
        arg_max(region_code, first_census_year) as region_code,
        arg_max(region_name, first_census_year) as region_name,
        arg_max_null(gss_code, first_census_year) as gss_code
    from {{ ref('local_authorities') }}
    group by local_authority_code

),

without_authority as (

    select census_year from {{ ref('row_account') }}
    where local_authority_code is null or local_authority_code not in (select local_authority_code from newest_names)
    group by census_year

),

wide_areas as (

    select
        census_year,
        geography_level,
        geography_code,
        geography_name,
        if(geography_level = 'Regional', geography_code, null) as region_code,
        if(geography_level = 'Regional', geography_name, null) as region_name,
        null::varchar as old_la_code,
        null::varchar as new_la_code,
        population,
        n_local_authorities_expected,
        n_local_authorities_returned,
        is_half_year,
        is_shown
    from geographies
    where geography_level <> 'Local authority'

),

authorities as (

    select
        geographies.census_year,
        geographies.geography_level,
        geographies.geography_code,
        coalesce(geographies.geography_name, newest_names.local_authority_name) as geography_name,
        coalesce(listed.region_code, newest_names.region_code) as region_code,
        coalesce(listed.region_name, newest_names.region_name) as region_name,
        geographies.geography_code as old_la_code,
        if(listed.local_authority_code is null, newest_names.gss_code, listed.gss_code) as new_la_code,
        geographies.population,
        geographies.n_local_authorities_expected,
        geographies.n_local_authorities_returned,
        geographies.is_half_year,
        geographies.is_shown
    from geographies
    inner join newest_names on geographies.geography_code = newest_names.local_authority_code
    left join {{ ref('local_authorities') }} as listed
        on
            geographies.geography_code = listed.local_authority_code
            and geographies.census_year >= listed.first_census_year
            and coalesce(geographies.census_year <= listed.last_census_year, true)
    where geographies.geography_level = 'Local authority'

),

not_available as (

    select
        without_authority.census_year,
        'Local authority' as geography_level,
        'x' as geography_code,
        'Not available' as geography_name,
        'x' as region_code,
        'Not available' as region_name,
        'x' as old_la_code,
        'x' as new_la_code,
        0 as n_local_authorities_expected,
        1 as n_local_authorities_returned,
        census_years.n_months < 12 as is_half_year,
        true as is_shown
    from without_authority
    inner join {{ ref('census_years') }} as census_years on without_authority.census_year = census_years.census_year

),

placed as (

    select * from wide_areas
    union all by name
    select * from authorities
    union all by name
    select * from not_available

)

select * from placed
order by census_year, geography_level, geography_code
