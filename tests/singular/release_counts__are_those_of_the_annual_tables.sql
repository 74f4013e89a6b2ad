/* Where annual_prevalence or annual_incidence has the count, the release has the same. Authorities in no list stand together. */
with

annual as (

    select
        'children' as counts,
        n_children as n,
        *
    from {{ ref('annual_prevalence') }}

    union all

    select
        'children' as counts,
        n_children as n,
        *
    from {{ ref('annual_incidence') }}

    union all

    select
        'events' as counts,
        n_events as n,
        *
    from {{ ref('annual_incidence') }}
    where n_events is not null

),

compared as (

    select
        annual.census_year,
        annual.geography_level,
        measures.measure,
        annual.id_scheme,
        annual.n,
        counts.n as n_of_release,
        counts.measure is null as is_missing
    from annual
    inner join {{ ref('release_measures') }} as measures
        on annual.measure = measures.annual_measure and annual.counts = measures.counts
    inner join {{ ref('release_breakdowns') }} as breakdowns
        on breakdowns.category = if(annual.id_scheme = 'child_id', 'Total', annual.id_scheme)
    left join {{ ref('release_counts') }} as counts
        on
            annual.census_year = counts.census_year
            and annual.geography_level = counts.geography_level
            and annual.geography_code = counts.geography_code
            and measures.measure = counts.measure
            and breakdowns.topic = counts.breakdown_topic
            and breakdowns.breakdown = counts.breakdown
    where
        list_contains(split(measures.topics, ';'), breakdowns.topic)
        and annual.geography_name is not null

)

select
    census_year,
    geography_level,
    measure,
    id_scheme
from compared
where is_missing or n <> n_of_release
