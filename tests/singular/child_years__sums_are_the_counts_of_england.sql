/*
The flags of child_years, added up by year, are the England figures under child_id in annual_prevalence and
annual_incidence. The recorded children under la_child_id are those of cohort_table_1.

Why: each pair is counted along two roads, and a user may take either.
*/
with

summed as (

    select
        {%- for flag in prevalence_measures() + ['referred', 'entered'] %}
        count_if(is_{{ flag }})::bigint as {{ flag }},
        {%- endfor %}
        census_year
    from {{ ref('child_years') }}
    group by census_year

),

turned as (

    unpivot summed
    on columns(* exclude (census_year))
    into name measure value n_counted

),

counted as (

    select
        census_year,
        'child_id' as id_scheme,
        measure,
        n_counted
    from turned

    union all by name

    select
        census_year,
        'la_child_id' as id_scheme,
        'recorded' as measure,
        n_la_child_ids as n_counted
    from {{ ref('cohort_table_1') }}
    where census_year is not null

),

counted_measures as (

    select distinct
        id_scheme,
        measure
    from counted

),

annual as (

    select * from {{ ref('annual_prevalence') }}
    union all by name
    select * from {{ ref('annual_incidence') }}

),

compared as (

    select
        annual.n_children,
        coalesce(counted.n_counted, 0) as n_counted
    from annual
    inner join counted_measures
        on annual.id_scheme = counted_measures.id_scheme and annual.measure = counted_measures.measure
    left join counted
        on
            annual.census_year = counted.census_year
            and annual.id_scheme = counted.id_scheme
            and annual.measure = counted.measure
    where annual.geography_level = 'National'

)

select count(*) as n_measures_and_years
from compared
where n_children <> n_counted
having count(*) > 0
