{# Every year's disabilities file in one view: too small, and too alike, to be worth a model a year. #}
{% for census_year in census_years() %}
(
    {{ stage_census_year('cin_disabilities', census_year) }}
)
{% if not loop.last %}union all by name{% endif %}
{% endfor %}
