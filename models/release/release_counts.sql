/*
One row per census year, place, measure and category: every count from which the release is made, exact, with its gaps.

R21, R22 and R24 as in `annual_prevalence` and `annual_incidence`, from the same counts; the rest is added up from authorities.
Counts are of child_id; those under the other ids stand under the topic `Id scheme`.
*/
with

measures as (

    select * from {{ ref('release_measures') }}

),

breakdowns as (

    select * from {{ ref('release_breakdowns') }}

),

annual as (

    unpivot {{ ref('int_cin__annual_counts') }}
    on columns('^n_')
    into name count_name value n

),

annual_counts as (

    select
        annual.census_year,
        annual.geography_level,
        coalesce(listed.local_authority_code, if(annual.geography_level = 'Local authority', 'x', annual.geography_code))
            as geography_code,
        measures.measure,
        breakdowns.topic,
        breakdowns.breakdown,
        sum(annual.n) as n
    from annual
    inner join measures on annual.count_name = 'n_' || measures.counts || '_' || measures.annual_measure
    inner join breakdowns on breakdowns.category = if(annual.id_scheme = 'child_id', 'Total', annual.id_scheme)
    left join {{ ref('int_cin__authority_regions') }} as listed
        on annual.geography_level = 'Local authority' and annual.geography_code = listed.local_authority_code
    group by all

),

authority_counts as (

    select
        counts.* exclude (local_authority_code),
        breakdowns.breakdown,
        listed.region_code,
        coalesce(listed.local_authority_code, 'x') as local_authority_code
    from {{ ref('int_release__authority_counts') }} as counts
    inner join measures
        on counts.measure = measures.measure and (measures.annual_measure is null or counts.topic <> 'Total')
    inner join breakdowns on counts.topic = breakdowns.topic and counts.category = breakdowns.category
    left join {{ ref('int_cin__authority_regions') }} as listed on counts.local_authority_code = listed.local_authority_code

),

counted as (

    select * from annual_counts

    {%- for level, code, n in [
        ('National', "'E92000001'", 'n_in_england'),
        ('Regional', 'region_code', 'n_in_region'),
        ('Local authority', 'local_authority_code', 'n_in_authority'),
    ] %}

    union all

    select
        census_year,
        '{{ level }}' as geography_level,
        {{ code }} as geography_code,
        measure,
        topic,
        breakdown,
        sum({{ n }}) as n
    from authority_counts
    group by all
    {%- endfor %}

)

select
    cells.census_year,
    cells.geography_level,
    cells.geography_code,
    cells.measure,
    cells.breakdown_topic,
    cells.breakdown,
    if(cells.is_collected and cells.is_applicable, coalesce(counted.n, 0), null)::bigint as n,
    case
        when not (cells.is_applicable and cells.is_shown) then 'z'
        when not cells.is_collected or not cells.has_returned then 'x'
    end as unavailable_reason
from {{ ref('release_cells') }} as cells
left join counted
    on
        cells.census_year = counted.census_year
        and cells.geography_level = counted.geography_level
        and cells.geography_code = counted.geography_code
        and cells.measure = counted.measure
        and cells.breakdown_topic = counted.topic
        and cells.breakdown = counted.breakdown
order by all
