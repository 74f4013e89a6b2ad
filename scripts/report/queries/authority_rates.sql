/* One row per authority and measure, in the newest census year that is a full one: children under the linked child_id. */
with

figures as (

    select * from annual_prevalence
    where measure in ('in_need_31_march', 'protection_plan_31_march')
    union all
    select * from annual_incidence
    where measure = 'referred'

),

newest as (

    select max(census_year) as census_year
    from figures
    where not is_half_year

)

select
    figures.census_year,
    figures.measure,
    figures.geography_code as authority_code,
    figures.geography_name as authority,
    figures.n_children,
    england.n_children as n_children_of_england,
    figures.population,
    england.population as population_of_england,
    population.n_children_0_17 as population_of_authority
from figures
inner join newest on figures.census_year = newest.census_year
inner join figures as england
    on
        figures.census_year = england.census_year
        and figures.measure = england.measure
        and figures.id_scheme = england.id_scheme
        and england.geography_level = 'National'
inner join reference.population_0_17 as population
    on
        figures.census_year = population.census_year
        and figures.geography_level = population.geography_level
        and figures.geography_code = population.geography_code
where
    figures.geography_level = 'Local authority'
    and figures.id_scheme = 'child_id'
    and figures.n_local_authorities_returned > 0
order by figures.measure, figures.geography_name, figures.geography_code
