-- How many children are recorded, open and in need in each year?
select
    census_year,
    max(n_children) filter (where measure = 'recorded') as n_recorded,
    max(n_children) filter (where measure = 'open') as n_open,
    max(n_children) filter (where measure = 'in_need_any_point') as n_in_need_any_point,
    max(n_children) filter (where measure = 'in_need_31_march') as n_in_need_31_march,
    round(100 * n_in_need_any_point / n_recorded, 1) as percent_of_recorded_in_need
from {{ ref('annual_prevalence') }}
where geography_level = 'National' and id_scheme = 'child_id'
group by census_year
order by census_year
