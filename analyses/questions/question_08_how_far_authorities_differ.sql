-- How far do the rates of children in need on 31 March differ between authorities, and how much of that is more than chance?
with

counted as (

    select
        annual_prevalence.*,
        population / 10000 as population_10000
    from {{ ref('annual_prevalence') }} as annual_prevalence
    where
        id_scheme = 'la_child_id'
        and measure = 'in_need_31_march'
        and census_year = (select max(census_year) - 1 from {{ ref('annual_prevalence') }})

),

-- 95 % limits of a count, by Byar's approximation of the Poisson distribution
authorities as (

    select
        geography_code,
        rate_per_10000,
        coalesce(n_children * pow(1 - 1 / (9 * nullif(n_children, 0)) - 1.96 / (3 * sqrt(n_children)), 3), 0) / population_10000
            as lower_limit,
        (n_children + 1) * pow(1 - 1 / (9 * (n_children + 1)) + 1.96 / (3 * sqrt(n_children + 1)), 3) / population_10000
            as upper_limit
    from counted
    where geography_level = 'Local authority' and n_local_authorities_returned > 0 and population > 0

),

england as (

    select rate_per_10000
    from counted
    where geography_level = 'National'

),

placed as (

    select
        returns.region_name,
        authorities.*,
        england.rate_per_10000 as rate_of_england
    from authorities
    inner join {{ ref('local_authority_returns') }} as returns
        on
            authorities.geography_code = returns.local_authority_code
            and returns.census_year = (select max(census_year) from counted)
    cross join england

)

select
    if(grouping(region_name) = 1, 'England', region_name) as region,
    count(*) as n_authorities,
    round(min(rate_per_10000), 1) as lowest_rate,
    round(quantile_disc(rate_per_10000, 0.25), 1) as quarter_below,
    round(quantile_disc(rate_per_10000, 0.5), 1) as median_rate,
    round(quantile_disc(rate_per_10000, 0.75), 1) as quarter_above,
    round(max(rate_per_10000), 1) as highest_rate,
    count_if(upper_limit < rate_of_england) as n_limits_below_england,
    count_if(lower_limit > rate_of_england) as n_limits_above_england
from placed
group by rollup(region_name)
order by grouping(region_name) asc, median_rate desc, region asc
