-- How many plans does the extract have each year, and how does the gap of 2010 to 2012 show?
with

counts as (

    select * from {{ ref('annual_prevalence') }}
    union all by name
    select * from {{ ref('annual_incidence') }}

)

select
    census_year,
    max(n_events) filter (where measure = 'plans_started') as n_plans_started,
    round(max(percent_from_published_n_events) filter (where measure = 'plans_started'), 1) as percent_from_published_started,
    max(n_children) filter (where measure = 'protection_plan_any_point') as n_children_any_point,
    max(n_children) filter (where measure = 'protection_plan_31_march') as n_children_31_march,
    round(max(percent_from_published_n_children) filter (where measure = 'protection_plan_31_march'), 1)
        as percent_from_published_31_march
from counts
where geography_level = 'National' and id_scheme = 'la_child_id'
group by census_year
order by census_year
