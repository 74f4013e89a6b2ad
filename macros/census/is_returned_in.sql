{# Whether `returned_years`, one bit per census year with 2009 the lowest, holds a census year. Null if either is null. #}
{% macro is_returned_in(returned_years, census_year) -%}
    {{ returned_years }} & (1::integer << ({{ census_year }} - 2009)::integer) <> 0
{%- endmacro %}
