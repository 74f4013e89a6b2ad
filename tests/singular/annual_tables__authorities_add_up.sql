/*
Under la_child_id, a year's authorities add up to their region, and all of them to England, for every measure.

Why: an la_child_id belongs to one authority (R5), so nobody can be in two, and nobody may be in none (R24).
*/
with

measured as (

    select
        *,
        n_children as n
    from {{ ref('annual_prevalence') }}
    union all by name
    select
        *,
        n_children as n
    from {{ ref('annual_incidence') }}
    union all by name
    select
        * replace (measure || ' events' as measure),
        n_events as n
    from {{ ref('annual_incidence') }}
    where n_events is not null

),

placed as (

    select
        measured.*,
        case
            when measured.geography_level = 'Local authority' then coalesce(regions.region_code, 'none')
            when measured.geography_level = 'Regional' then measured.geography_code
        end as region_code
    from measured
    left join {{ ref('int_cin__authority_regions') }} as regions on measured.geography_code = regions.local_authority_code
    where measured.id_scheme = 'la_child_id'

),

added as (

    select
        census_year,
        measure,
        region_code,
        sum(n) filter (where geography_level = 'Local authority') as n_in_authorities,
        sum(n) filter (where geography_level = 'Regional') as n_in_region
    from placed
    where region_code is not null
    group by census_year, measure, region_code

    union all

    select
        census_year,
        measure,
        'England' as region_code,
        sum(n) filter (where geography_level = 'Local authority') as n_in_authorities,
        sum(n) filter (where geography_level = 'National') as n_in_region
    from placed
    group by census_year, measure

)

select count(*) as n_differences
from added
where region_code <> 'none' and n_in_authorities is distinct from n_in_region
having count(*) > 0
