{#
    Completed years from a birth month to a day, with the birth date taken as the 1st of its month:
    the day of birth is never supplied. Negative before birth (-1 in the year before it); null if either is null.
#}
{% macro whole_years(birth_month_start, day) -%}
    cast(floor(datediff('month', {{ birth_month_start }}, {{ day }}) / 12) as smallint)
{%- endmacro %}
