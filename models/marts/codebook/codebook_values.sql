/*
One row per variable and value that it can take: DfE's code lists by census year, and the values that this project gives.

A code whose label changed has a row for each label.
*/
with

variables as (

    select * from {{ ref('variables') }}

),

listed as (

    select
        code_list,
        code as value,
        label,
        group_label,
        first_census_year,
        last_census_year,
        sort_order
    from {{ ref('code_lists') }}

    union all

    select
        variable as code_list,
        value,
        label,
        null as group_label,
        null as first_census_year,
        null as last_census_year,
        sort_order
    from {{ ref('derived_values') }}

),

described as (

    select
        variables.variable,
        listed.value,
        listed.label,
        listed.group_label,
        listed.first_census_year,
        listed.last_census_year,
        listed.sort_order
    from variables
    inner join listed on variables.code_list = listed.code_list

)

select * from described
order by variable, sort_order, first_census_year
