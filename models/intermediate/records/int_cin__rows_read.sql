/*
One row per row read from the main files, every census year: the one place where the delivery is read.

A year is read again only if its file, its list of codes or the way of reading has changed (D48). So nothing here may depend
on the other years of the extract: dates are held to their bounds in `int_cin__records` (R4).

R2: `<column>_is_invalid` marks what was given but could not be read.
R3: codes are checked against the list in force in the census year; known legacy spellings are mapped, the rest are null.
R5: `la_child_key` stands for authority code + local child id. It is a hash: fast to join on, never published (D6).
*/
{{ config(**read_once('cin')) }}
{%- set code_lists = code_columns() %}
{%- set years = years_to_read('cin') %}
with

returns as (

    {% for census_year in census_years() -%}
    select * from {{ ref('stg_cin__' ~ census_year) }}{{ ' where false' if census_year not in years }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

),

accepted_codes as (

    select * from {{ ref('int_cin__accepted_codes') }}

),

checked as (

    select
        returns.* exclude (academic_year_label, {{ code_lists | join(', ') }}),
        {%- for column in code_lists %}
        {{ column }}_list.code as {{ column }},
        returns.{{ column }} is not null and {{ column }}_list.code is null as {{ column }}_is_invalid,
        {%- endfor %}
        hash(returns.local_authority_code, returns.local_child_id) as la_child_key
    from returns
    {% for column, code_list in code_lists.items() -%}
    left join accepted_codes as {{ column }}_list
        on
            {{ column }}_list.code_list = '{{ code_list }}'
            and returns.census_year = {{ column }}_list.census_year
            and returns.{{ column }} = {{ column }}_list.spelling
    {% endfor %}

)

select * from checked
