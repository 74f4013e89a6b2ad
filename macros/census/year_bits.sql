{# A census year as one bit of an integer, 2009 being the lowest: years together are the bits together. Null if the year is null. #}
{% macro year_bit(census_year) -%}
    1::integer << ({{ census_year }} - 2009)::integer
{%- endmacro %}


{# Whether `returned_years`, one bit per census year, holds a census year. Null if either is null. #}
{% macro is_returned_in(returned_years, census_year) -%}
    {{ returned_years }} & ({{ year_bit(census_year) }}) <> 0
{%- endmacro %}
