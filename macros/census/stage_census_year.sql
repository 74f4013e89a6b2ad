{#
    The one staging SELECT, read by every census year: a delivered file under harmonised names and types.
    One row per row delivered. Values are parsed tolerantly (R2); dates before 1930-01-01 or after the
    extract's last census day become null (R4); codes are upper-cased, and checked against their lists later (R3).
    `<column>_is_invalid` is true where something was given that cannot be read. Columns that the year
    does not have are null. `row_hash` tells exact duplicates: it is over the values as given (R1).
#}
{% macro stage_census_year(dataset, census_year) %}
{%- set columns = columns_of_year(dataset, census_year) %}
with

source as (

    select * from {{ source('landing', dataset ~ '_' ~ census_year) }}

),

extract_bounds as (

    select make_date(max(census_year), 3, 31) as last_census_day
    from {{ source('landing', 'delivered_years') }}

),

given as (

    select
        {%- for column in columns %}
        {{ given(adapter.quote(column.header)) if column.header else 'null::varchar' }} as {{ column.name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from source

),

parsed as (

    select
        {%- for column in columns if column.kind not in ('identifier', 'text') %}
        {{ parsed(column.name, column.kind) if column.header else 'null::' ~ kind_type(column.kind) }} as {{ column.name }},
        {{ column.name ~ ' is not null as ' ~ column.name ~ '_is_given,' if column.kind != 'code' }}
        {%- endfor %}
        {%- for column in columns if column.kind in ('identifier', 'text') %}
        {{ column.name }},
        {%- endfor %}
        hash({{ columns | map(attribute='name') | join(', ') }}) as row_hash
    from given

),

bounded as (

    select
        {{ census_year }}::smallint as census_year,
        parsed.row_hash,
        {%- for column in columns %}
        {%- if column.kind == 'date' %}
        if(parsed.{{ column.name }} between date '1930-01-01' and extract_bounds.last_census_day, parsed.{{ column.name }}, null)
            as {{ column.name }},
        {%- else %}
        parsed.{{ column.name }},
        {%- endif %}
        {%- if column.kind == 'date' %}
        parsed.{{ column.name }}_is_given
        and (parsed.{{ column.name }} between date '1930-01-01' and extract_bounds.last_census_day) is not true
            as {{ column.name }}_is_invalid
        {{- ',' if not loop.last }}
        {%- elif column.kind not in ('identifier', 'text', 'code') %}
        parsed.{{ column.name }}_is_given and parsed.{{ column.name }} is null as {{ column.name }}_is_invalid
        {{- ',' if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from parsed
    cross join extract_bounds

)

select * from bounded
{% endmacro %}
