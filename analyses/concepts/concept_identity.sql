-- How far do the three ids lie apart, measure by measure, in the newest census year?
select
    measure,
    n_children_by_la_child_id,
    n_children_by_pmr_first_id,
    n_children_by_child_id,
    round(percent_between, 1) as percent_between
from {{ ref('id_scheme_bracket') }}
where geography_level = 'National' and census_year = (select max(census_year) from {{ ref('id_scheme_bracket') }})
order by percent_between desc nulls last, measure asc
