/* One row per census year and measure: England, under the linked child_id, with the population of the whole of England. */
with

figures as (

    select * from annual_prevalence
    union all
    select * from annual_incidence

)

select
    figures.census_year,
    figures.measure,
    figures.n_children,
    figures.population,
    figures.is_half_year,
    figures.n_local_authorities_expected as authorities_expected,
    figures.n_local_authorities_returned as authorities_returned,
    population.n_children_0_17 as population_of_england,
    figures.published_n_children as published_children
from figures
left join reference.population_0_17 as population
    on
        figures.census_year = population.census_year
        and figures.geography_level = population.geography_level
        and figures.geography_code = population.geography_code
where figures.geography_level = 'National' and figures.id_scheme = 'child_id'
order by figures.measure, figures.census_year
