/*
One row per census year, geography and id scheme, with every measure counted (R21, R22).

R24: England and the regions count an id once; an authority counts each id it returned. A child_id returned by two
authorities counts in both, and once in England. Authorities whose code is in no list are in no region.

Most ids stand for one la_child_id: they are counted where they are, authority by authority, and added up.
Only ids that join several la_child_ids are folded into one first, anew for each level. Each count reads the child-years for
itself (not materialized): all at once, they would not fit into 2 GB for England in all 17 years (D47).
*/
{%- set levels = {'National': "'E92000001'", 'Regional': 'region_code', 'Local authority': 'local_authority_code'} %}
with

la_child_years as not materialized (

    select
        years.*,
        identifiers.* exclude (la_child_key),
        1 as n_la_child_ids_of_la_child_id,
        authority_regions.region_code
    from {{ ref('int_cin__la_child_years') }} as years
    inner join {{ ref('int_cin__identifiers') }} as identifiers on years.la_child_key = identifiers.la_child_key
    left join {{ ref('int_cin__authority_regions') }} as authority_regions
        on identifiers.local_authority_code = authority_regions.local_authority_code

),
{% for scheme, key in id_schemes().items() %}
single_{{ scheme }} as materialized (

    select
        census_year,
        local_authority_code,
        region_code,
        {{- count_measures(scheme) }}
    from la_child_years
    where n_la_child_ids_of_{{ scheme }} = 1
    group by census_year, local_authority_code, region_code

),
{% for level, geography in levels.items() %}
joined_{{ scheme }}_{{ loop.index }} as (

    select
        census_year,
        {{ geography }} as geography_code,
        {{- fold_measures(scheme) }}
    from la_child_years
    where n_la_child_ids_of_{{ scheme }} > 1
    group by census_year, geography_code, {{ key }}

),
{% endfor %}
{%- endfor %}
counted as (

    {% for scheme in id_schemes() -%}
    {% set is_last_scheme = loop.last -%}
    {% for level, geography in levels.items() -%}
    select
        '{{ level }}' as geography_level,
        '{{ scheme }}' as id_scheme,
        {{ geography }} as geography_code,
        * exclude (local_authority_code, region_code)
    from single_{{ scheme }}
    union all by name
    select
        '{{ level }}' as geography_level,
        '{{ scheme }}' as id_scheme,
        geography_code,
        census_year,
        {{- count_measures(scheme) }}
    from joined_{{ scheme }}_{{ loop.index }}
    group by census_year, geography_code
    {{ 'union all by name' if not (loop.last and is_last_scheme) }}
    {% endfor %}
    {%- endfor %}

),

summed as (

    select
        census_year,
        geography_level,
        geography_code,
        id_scheme,
        sum(columns('^n_'))::bigint
    from counted
    where geography_code is not null
    group by census_year, geography_level, geography_code, id_scheme

)

select * from summed
