/*
One row per census year, place, measure and category: the complete matrix of what the release tells, and whether it can be told.

A measure is not available where its item was not collected or the place returned nothing. Counts under other ids than child_id do
not apply to authorities: the few children by which the ids differ in one authority could be told by subtraction.
*/
with

breakdowns as (

    select distinct
        topic,
        breakdown
    from {{ ref('release_breakdowns') }}

),

cells as (

    select
        geographies.census_year,
        geographies.geography_level,
        geographies.geography_code,
        measures.measure,
        breakdowns.topic as breakdown_topic,
        breakdowns.breakdown,
        coalesce(availability.is_available, true) and geographies.census_year >= measures.first_census_year as is_collected,
        geographies.n_local_authorities_returned > 0 as has_returned,
        geographies.is_shown,
        breakdowns.topic <> 'Id scheme' or geographies.geography_level <> 'Local authority' as is_applicable
    from {{ ref('release_geographies') }} as geographies
    cross join {{ ref('release_measures') }} as measures
    inner join breakdowns on list_contains(split(measures.topics, ';'), breakdowns.topic)
    left join {{ ref('variable_availability') }} as availability
        on measures.needs_variable = availability.variable and geographies.census_year = availability.census_year

)

select * from cells
