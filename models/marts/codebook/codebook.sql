/*
One row per variable: what it means, its values, in which years, how much of it is missing, what goes wrong, and its source.

The words are the seed `variables`, the years the crosswalk, the shares those of all years delivered that have the item.
*/
with

variables as (

    select * from {{ ref('variables') }}

),

years as (

    select
        variable,
        string_agg(distinct header, ', ' order by header) as headers,
        list(census_year order by census_year) filter (where is_available) as census_years,
        100.0 * sum(n_missing) / sum(n_expected) as percent_missing,
        100.0 * sum(n_invalid) / sum(n_expected) as percent_invalid
    from {{ ref('codebook_years') }}
    group by variable

    union all

    -- the one item of the disabilities files that the main file lacks
    select
        crosswalk.variable,
        min(crosswalk.header) as headers,
        list(census_years.census_year order by census_years.census_year) as census_years,
        null as percent_missing,
        null as percent_invalid
    from {{ ref('crosswalk') }} as crosswalk
    inner join {{ ref('census_years') }} as census_years
        on crosswalk.first_census_year <= census_years.census_year and census_years.is_provisional is not true
    where crosswalk.dataset = 'cin_disabilities' and crosswalk.variable = 'disability_code'
    group by crosswalk.variable

),

described as (

    select
        variables.variable,
        variables.label,
        variables.topic,
        variables.is_returned,
        variables.data_type,
        variables.unit,
        variables.definition,
        variables.derivation,
        years.headers,
        years.census_years,
        years.percent_missing,
        years.percent_invalid,
        variables.missing_when,
        variables.caveat,
        variables.source,
        variables.cbds_number,
        variables.sensitivity
    from variables
    left join years on variables.variable = years.variable

)

select * from described
order by variable
