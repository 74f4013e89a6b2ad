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


{# The spellings of every census year the project knows. #}
{% macro all_year_label_spellings() %}
    {% set spellings = [] %}
    {% for year in known_census_years() %}{% do spellings.extend(year_label_spellings(year)) %}{% endfor %}
    {{ return(spellings) }}
{% endmacro %}


{# Whether a label names the census year, in any accepted spelling. #}
{% macro is_label_of_year(label, census_year) %}
    {{ return(modules.re.sub('[^0-9]', '', label or '') in year_label_spellings(census_year)) }}
{% endmacro %}


{#
    Whether a row's academic year label names its census year, as a SQL expression: `2013/2014` and its spellings.
    False where the label is missing: in a delivery of all years in one file nothing else tells the year (R1).
    relation: the name of the relation that holds `academic_year_label` and `census_year`.
#}
{% macro is_of_census_year(relation) -%}
    coalesce(
            {{ relation }}.academic_year_label = ({{ relation }}.census_year - 1) || '/' || {{ relation }}.census_year
            or {{ label_digits(relation ~ '.academic_year_label') }} in (
                ({{ relation }}.census_year - 1) || {{ relation }}.census_year::varchar,
                ({{ relation }}.census_year - 1) || right({{ relation }}.census_year::varchar, 2)
            ),
            false
        )
{%- endmacro %}
