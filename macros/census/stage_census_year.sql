{#
    The one staging SELECT, read by every census year: a delivered file under harmonised names, with types.
    One row per row delivered. Landing has put every value into one spelling, without blanks around it (R2, R26). Values are parsed
    tolerantly (R2); codes are upper-cased, and checked against their lists later (R3).
    Nothing here depends on the other years of the extract, so a year is read once for all builds (D48); that is why dates are
    held to their bounds later (R4).
    `<column>_is_invalid` is true where something was given that cannot be read. Columns that were not
    delivered are null. `is_of_census_year` holds the row against the year of its file,
    `row_hash` tells exact duplicates: it is over the values as given (R1).
#}
{% macro stage_census_year(dataset, census_year) %}
{%- set columns = census_columns(dataset) %}
with

source as (

    select * from {{ source('landing', dataset ~ '_' ~ census_year) }}

),

parsed as (

    select
        {%- for column in columns if column.kind not in ('identifier', 'text') %}
        {{ parsed(column.name, column.kind) }} as {{ column.name }},
        {{ column.name ~ ' is not null as ' ~ column.name ~ '_is_given,' if column.kind != 'code' }}
        {%- endfor %}
        {%- for column in columns if column.kind in ('identifier', 'text') %}
        {{ column.name }},
        {%- endfor %}
        hash({{ columns | map(attribute='name') | join(', ') }}) as row_hash
    from source

),

named as (

    select
        {{ census_year }}::smallint as census_year,
        {%- for column in columns %}
        {{ column.name }},
        {%- if column.kind not in ('identifier', 'text', 'code') %}
        {{ column.name }}_is_given and {{ column.name }} is null as {{ column.name }}_is_invalid,
        {%- endif %}
        {%- endfor %}
        {{ is_of_census_year('academic_year_label', census_year) }} as is_of_census_year,
        row_hash
    from parsed

)

select * from named
{% endmacro %}
