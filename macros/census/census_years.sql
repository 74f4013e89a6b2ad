{# The setting of the census years as it was written, or the empty text. The variable comes before the environment. #}
{% macro asked_census_years() %}
    {{ return((var('census_years', '') or env_var('CIN_CENSUS_YEARS', '')) | string | trim) }}
{% endmacro %}


{#
    The census years to build, as a list of integers: what the variable `census_years`
    or the setting CIN_CENSUS_YEARS asks for, else every year the project knows.
    A year the extract folder does not hold is landed empty, so all that comes after still builds.
#}
{% macro census_years() %}
    {% set asked = asked_census_years() %}
    {% if not asked %}{{ return(known_census_years()) }}{% endif %}
    {% set years = [] %}
    {% for span in asked.split(',') %}
        {% set bounds = span.strip().split('-') | map('trim') | list %}
        {% set unknown = bounds | reject('in', known_census_years() | map('string') | list) | list %}
        {% if bounds | length > 2 or unknown or bounds | first > bounds | last %}
            {{ exceptions.raise_compiler_error(
                "CIN_CENSUS_YEARS holds '" ~ span ~ "'. Write it as 2009-2016 or 2014,2016-2018, with years from "
                ~ (known_census_years() | first) ~ " to " ~ (known_census_years() | last) ~ "."
            ) }}
        {% endif %}
        {% for year in range(bounds | first | int, (bounds | last | int) + 1) %}
            {% do years.append(year) if year not in years %}
        {% endfor %}
    {% endfor %}
    {{ return(years | sort) }}
{% endmacro %}


{# Sorted census years as text, those without a gap together: 2009, 2011-2016. Empty if there are none. #}
{% macro year_spans(years) %}
    {% set spans = [] %}
    {% for year in years if year - 1 not in years %}
        {% set last = namespace(year=year) %}
        {% for next_year in years if next_year == last.year + 1 %}{% set last.year = next_year %}{% endfor %}
        {% do spans.append(year ~ ("-" ~ last.year if last.year > year else "")) %}
    {% endfor %}
    {{ return(spans | join(', ')) }}
{% endmacro %}
