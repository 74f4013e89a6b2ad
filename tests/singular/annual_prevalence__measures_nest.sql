/*
In every year, place and id scheme: in need on 31 March <= in need at any point <= open, and a plan on 31 March <= a plan
at any point.

Why: each of these is a part of the next by definition (R21).
*/
with

wide as (

    select
        max(n_children) filter (where measure = 'open') as n_open,
        max(n_children) filter (where measure = 'in_need_any_point') as n_in_need_any_point,
        max(n_children) filter (where measure = 'in_need_31_march') as n_in_need_31_march,
        max(n_children) filter (where measure = 'protection_plan_any_point') as n_plan_any_point,
        max(n_children) filter (where measure = 'protection_plan_31_march') as n_plan_31_march
    from {{ ref('annual_prevalence') }}
    group by census_year, geography_level, geography_code, id_scheme

)

select count(*) as n_places_and_years
from wide
where
    (
        n_in_need_31_march <= n_in_need_any_point
        and n_in_need_any_point <= n_open
        and n_plan_31_march <= n_plan_any_point
    ) is not true
having count(*) > 0
