{# The band of age in which DfE's tables count a child on 31 March, from its birth month. Never null. #}
{% macro age_band_on_31_march(birth_month_start, census_year) -%}
{%- set age = whole_years(birth_month_start, 'make_date(' ~ census_year ~ ', 3, 31)') -%}
case
            when {{ birth_month_start }} is null then 'not known'
            when {{ birth_month_start }} > make_date({{ census_year }}, 3, 31) then 'unborn'
            when {{ age }} < 1 then '0'
            when {{ age }} < 5 then '1-4'
            when {{ age }} < 10 then '5-9'
            when {{ age }} < 16 then '10-15'
            else '16 and over'
        end
{%- endmacro %}
