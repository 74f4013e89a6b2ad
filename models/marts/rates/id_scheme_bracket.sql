/*
One row per census year, geography and measure: the children counted under each of the three ids (R9), side by side, and how
far the choice of id moves the count. Every figure of annual_prevalence and annual_incidence is here.

An id that follows fewer children counts more of them, except where a child has to be followed to be counted at all, as for
those referred again. The truth is not always between the three: nothing follows an adopted child, or one that moves without
a reference.
*/
with

figures as (

    select * from {{ ref('annual_prevalence') }}
    union all
    select * from {{ ref('annual_incidence') }}

),

side_by_side as (

    select
        census_year,
        geography_level,
        geography_code,
        measure,
        min(geography_name) as geography_name,
        {%- for scheme in id_schemes() %}
        max(n_children) filter (where id_scheme = '{{ scheme }}') as n_children_by_{{ scheme }},
        {%- endfor %}
        min(n_children) as n_children_lowest,
        max(n_children) as n_children_highest
    from figures
    group by census_year, geography_level, geography_code, measure

),

bracket as (

    select
        *,
        100.0 * (n_children_highest - n_children_lowest) / nullif(n_children_by_child_id, 0) as percent_between
    from side_by_side

)

select * from bracket
order by census_year, geography_level, geography_code, measure
