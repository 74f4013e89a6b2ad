-- How many children were in need on 31 March of each year, in England, per 10,000 children, beside DfE's figure?
select
    counted.census_year,
    counted.n_children,
    round(counted.rate_per_10000, 1) as rate_per_10000,
    round(10000.0 * counted.published_n_children / population.n_children_0_17, 1) as published_rate_per_10000,
    round(counted.percent_from_published_n_children, 1) as percent_from_published,
    counted.n_local_authorities_expected - counted.n_local_authorities_returned as n_authorities_missing
from {{ ref('annual_prevalence') }} as counted
inner join {{ ref('population_0_17') }} as population
    on
        counted.census_year = population.census_year
        and counted.geography_code = population.geography_code
where
    counted.geography_level = 'National'
    and counted.id_scheme = 'child_id'
    and counted.measure = 'in_need_31_march'
order by counted.census_year
