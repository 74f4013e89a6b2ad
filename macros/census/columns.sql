{#
    The harmonised columns of the main files: their names, and how their text is read. Which headers they have in a delivery says
    the seed `crosswalk`, which only landing reads (DECISIONS.md D2).

    Kinds: identifier (text as given), code (upper-cased, checked against its code list),
    date, flag, integer, month, year, decimal, text.
#}
{% macro main_columns() %}
{% set columns %}
academic_year_label: text
local_authority_code: identifier
local_child_id: identifier
pupil_matching_ref: identifier
birth_month: month
birth_year: year
is_unborn: flag
sex_code: code
ethnicity_code: code
has_disability: flag
death_date: date
is_seeking_asylum: flag
is_adopted_from_care: flag
income_deprivation_score: decimal
referral_date: date
referral_source_code: code
primary_need_code: code
is_no_further_action: flag
closure_date: date
closure_reason_code: code
initial_conference_date: date
is_on_protection_plan: flag
plan_start_date: date
plan_end_date: date
initial_abuse_category_code: code
latest_abuse_category_code: code
n_previous_plans: integer
is_in_need_on_31_march: flag
open_case_code: code
service_type: text
service_provider: text
service_start_date: date
service_end_date: date
{% endset %}
{{ return(fromyaml(columns)) }}
{% endmacro %}


{# The same for the disabilities files, one row per child and disability code. #}
{% macro disabilities_columns() %}
{% set columns %}
academic_year_label: text
local_authority_code: identifier
local_child_id: identifier
disability_code: code
{% endset %}
{{ return(fromyaml(columns)) }}
{% endmacro %}


{# The census years that the project describes: the first is 2008/09. #}
{% macro described_census_years() %}
{{ return(range(2009, 2026) | list) }}
{% endmacro %}


{# Later years, which can be read before anybody has described them: each has a staging model and a row in `census_years`. #}
{% macro later_census_years() %}
{{ return([2026, 2027]) }}
{% endmacro %}


{# Every census year that can be read. #}
{% macro known_census_years() %}
{{ return(described_census_years() + later_census_years()) }}
{% endmacro %}


{# The harmonised columns of a dataset as a list of {name, kind}. dataset: 'cin' or 'cin_disabilities'. #}
{% macro census_columns(dataset) %}
    {% set columns = [] %}
    {% for name, kind in (main_columns() if dataset == 'cin' else disabilities_columns()).items() %}
        {% do columns.append({'name': name, 'kind': kind}) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}
