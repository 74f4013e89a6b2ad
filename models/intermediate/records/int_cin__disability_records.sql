/*
One row per row read from the disabilities files, every census year (R1), with its code checked (R3).

`disability_bit` has one bit for each code of the list, so that the codes of a child can be put together in one number.
A year is read again only if its file or the way of reading has changed (D48).
Rows that cannot be told to a child and a disability keep their reason in `rejection_reason`.
*/
{{ config(**read_once('cin_disabilities')) }}
{%- set years = years_to_read('cin_disabilities') %}
with

returns as (

    select * from {{ ref('stg_cin__disabilities') }}
    {% if years != census_years() -%}
    where list_contains({{ years }}::smallint[], census_year)
    {%- endif %}

),

accepted_codes as (

    select * from {{ ref('int_cin__accepted_codes') }}
    where code_list = 'disability_code'

),

checked as (

    select
        returns.census_year,
        returns.local_authority_code,
        returns.local_child_id,
        hash(returns.local_authority_code, returns.local_child_id) as la_child_key,
        accepted_codes.code as disability_code,
        1::integer << accepted_codes.sort_order as disability_bit,
        returns.row_hash,
        case
            when not returns.is_of_census_year then 'another_census_year'
            when returns.local_authority_code is null then 'no_local_authority_code'
            when returns.local_child_id is null then 'no_local_child_id'
            when returns.disability_code is null then 'no_disability_code'
            when accepted_codes.code is null then 'disability_code_not_usable'
        end as rejection_reason
    from returns
    left join accepted_codes
        on returns.census_year = accepted_codes.census_year and returns.disability_code = accepted_codes.spelling

)

select * from checked
