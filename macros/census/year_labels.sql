{# The label of a census year in CIN_ACADYR: 2014 is `2013/2014`. #}
{% macro academic_year_label(census_year) %}
    {{ return((census_year - 1) ~ "/" ~ census_year) }}
{% endmacro %}


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
