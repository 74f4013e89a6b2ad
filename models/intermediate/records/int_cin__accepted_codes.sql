/*
One row per code list, census year and accepted spelling: which code it stands for (R3).

A code is accepted in the years in which its list has it; a known legacy spelling, wherever its code is accepted.
*/
with

census_years as (

    select census_year from {{ ref('census_years') }}

),

codes as (

    select * from {{ ref('code_lists') }}

),

codes_in_force as (

    select
        codes.code_list,
        census_years.census_year,
        codes.code,
        codes.sort_order
    from codes
    inner join census_years
        on
            codes.first_census_year <= census_years.census_year
            and coalesce(codes.last_census_year >= census_years.census_year, true)

),

spellings as (

    select
        code_list,
        census_year,
        code as spelling,
        code,
        sort_order
    from codes_in_force

    union all

    select
        codes_in_force.code_list,
        codes_in_force.census_year,
        code_spellings.spelling,
        code_spellings.code,
        codes_in_force.sort_order
    from {{ ref('code_spellings') }} as code_spellings
    inner join codes_in_force
        on
            code_spellings.code_list = codes_in_force.code_list
            and code_spellings.code = codes_in_force.code

)

select * from spellings
