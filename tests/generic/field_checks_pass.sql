{# Holds when every resolved check of this type is within its threshold: a warning where one is not, a failure where one could not run. #}
{% test field_checks_pass(model, check_name) %}
{{ config(fail_calc='max(level)', warn_if='= 1', error_if='> 1') }}
select coalesce(max(case when is_error then 2 when failed then 1 else 0 end), 2) as level
from {{ model }}
where check_name = '{{ check_name }}'
{% endtest %}
