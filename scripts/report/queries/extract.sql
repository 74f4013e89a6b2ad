/* One row: the census years of the extract, and the share of England that it stands for (R23). */
select
    list(prevalence.census_year order by prevalence.census_year) as census_years,
    round(any_value(prevalence.population / population.n_children_0_17 order by prevalence.census_year), 9) as sampling_fraction
from annual_prevalence as prevalence
inner join reference.population_0_17 as population
    on
        prevalence.census_year = population.census_year
        and prevalence.geography_level = population.geography_level
        and prevalence.geography_code = population.geography_code
where prevalence.geography_level = 'National' and prevalence.id_scheme = 'child_id' and prevalence.measure = 'recorded'
