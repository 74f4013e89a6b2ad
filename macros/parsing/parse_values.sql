{#
    A given text read as its kind; null where it does not parse (R2, R3). Never a bare cast: that would print the value.
    date: 2013-06-01, as landing writes every date that it understands. flag: 1/0, true/false, Y/N. month: 1 to 12. year: 1900 to 2100. code: upper-cased; the code list is checked later.
#}
{% macro parsed(column, kind) -%}
    {%- if kind == 'date' -%}
        try_cast(if(length({{ column }}) = 10, {{ column }}, null) as date)
    {%- elif kind == 'flag' -%}
        case {# the usual first: that is quick #}
            when {{ column }} is null then null
            when {{ column }} = '0' then false
            when {{ column }} = '1' then true
            when lower({{ column }}) in ('true', 't', 'y', 'yes', '1.0') then true
            when lower({{ column }}) in ('false', 'f', 'n', 'no', '0.0') then false
        end
    {%- elif kind == 'integer' -%}
        try_cast({{ column }} as smallint)
    {%- elif kind == 'month' -%}
        case when try_cast({{ column }} as smallint) between 1 and 12 then try_cast({{ column }} as smallint) end
    {%- elif kind == 'year' -%}
        case when try_cast({{ column }} as smallint) between 1900 and 2100 then try_cast({{ column }} as smallint) end
    {%- elif kind == 'decimal' -%}
        try_cast({{ column }} as double)
    {%- elif kind == 'code' -%}
        upper({{ column }})
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
