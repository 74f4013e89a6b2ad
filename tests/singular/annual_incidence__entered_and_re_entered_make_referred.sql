/*
In every year, place and id scheme, children entered + re-entered = children referred, and no more children than events.

Why: a child referred in a year is new to the extract or is not (R22), and an event happens to one child.
*/
with

wide as (

    select
        sum(n_children) filter (where measure in ('entered', 're_entered')) as n_split,
        sum(n_children) filter (where measure = 'referred') as n_referred,
        count_if(n_children > n_events) as n_measures_with_too_few_events
    from {{ ref('annual_incidence') }}
    group by census_year, geography_level, geography_code, id_scheme

)

select count(*) as n_places_and_years
from wide
where n_split <> n_referred or n_measures_with_too_few_events > 0
having count(*) > 0
