/*
One row per variable: what it means, its values, in which years, how much of it is missing, what goes wrong, and its source.

The words are the seed `variables`, the years the crosswalk, the shares those of all years delivered that have the item.
*/
{%- set disability = crosswalk_spans('cin_disabilities') | selectattr('name', 'equalto', 'disability_code') | first %}
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
        '{{ disability.name }}' as variable,
        '{{ disability.header }}' as headers,
        range({{ disability.first_year }}, {{ disability.last_year + 1 }})::smallint[] as census_years,
        null as percent_missing,
        null as percent_invalid

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
