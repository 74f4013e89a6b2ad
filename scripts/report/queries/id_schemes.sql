/* One row per census year and measure: England's children under each of the three ids. */
select
    census_year,
    measure,
    n_children_by_la_child_id,
    n_children_by_pmr_first_id,
    n_children_by_child_id
from id_scheme_bracket
where geography_level = 'National'
order by measure, census_year
