/*
Under la_child_id, the children recorded in a year's authorities add up to those of England.

Why: an la_child_id belongs to one authority (R5), so nobody can be in two, and nobody may be in none. Other measures
need not add up: an abolished authority has children open by their dates after its last return.
*/
with

wide as (

    select
        sum(n_children) filter (where geography_level = 'National') as n_in_england,
        sum(n_children) filter (where geography_level = 'Local authority') as n_in_authorities
    from {{ ref('annual_prevalence') }}
    where id_scheme = 'la_child_id' and measure = 'recorded'
    group by census_year

)

select count(*) as n_years
from wide
where n_in_england <> n_in_authorities
having count(*) > 0
