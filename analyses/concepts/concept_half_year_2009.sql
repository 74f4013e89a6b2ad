-- How do the counts of 2009, a half year, compare with those of 2010, measure by measure?
with

counts as (

    select * from {{ ref('annual_prevalence') }}
    union all by name
    select * from {{ ref('annual_incidence') }}

)

select
    measure,
    max(coalesce(n_events, n_children)) filter (where census_year = 2009) as n_2009,
    max(coalesce(n_events, n_children)) filter (where census_year = 2010) as n_2010,
    round(100 * n_2009 / nullif(n_2010, 0)) as percent_2009_of_2010
from counts
where geography_level = 'National' and id_scheme = 'la_child_id'
group by measure
order by percent_2009_of_2010 asc nulls last, measure asc
