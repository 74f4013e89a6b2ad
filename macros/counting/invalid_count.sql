{# How many rows give a column something that cannot be read, as a bigint expression. Identifiers and text can always be read. #}
{% macro invalid_count(column) -%}
    {{ 'count_if(' ~ column.name ~ '_is_invalid)' if column.kind not in ('identifier', 'text') else 0 }}::bigint
{%- endmacro %}
