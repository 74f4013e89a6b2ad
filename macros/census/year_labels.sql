{# The label of a census year in CIN_ACADYR: 2014 is `2013/2014`. #}
{% macro academic_year_label(census_year) %}
    {{ return((census_year - 1) ~ "/" ~ census_year) }}
{% endmacro %}


{# Everything but digits dropped from a label, as a SQL expression; empty where there is none. #}
{% macro label_digits(label) -%}
    regexp_replace(coalesce({{ label }}, ''), '[^0-9]', '', 'g')
{%- endmacro %}


{# A census year's label with everything but digits dropped, in the spellings accepted: 20132014, 201314. #}
{% macro year_label_spellings(census_year) %}
    {{ return([(census_year - 1) ~ census_year | string, (census_year - 1) ~ (census_year | string)[2:]]) }}
{% endmacro %}


{#
    Whether a row's academic year label names the census year, as a SQL expression: `2013/2014` and its spellings.
    False where the label is missing: in a delivery of all years in one file nothing else tells the year (R1).
    label: a SQL expression. The usual spelling is asked first, because that is quick.
#}
{% macro is_of_census_year(label, census_year) -%}
    case
            when {{ label }} = '{{ academic_year_label(census_year) }}' then true
            else {{ label_digits(label) }} in ('{{ year_label_spellings(census_year) | join("', '") }}')
        end
{%- endmacro %}
