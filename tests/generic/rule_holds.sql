{#
    Holds when a quality rule is within its threshold in every census year of the extract. Its severity is that of the
    catalogue, so that it stands in one place: a broken rule of severity error fails the build, of warn is a warning, of info is
    neither. A rule that could not be evaluated fails the build. The number shown is 1 for a warning, 2 for an error.
#}
{% test rule_holds(model, rule_id) %}
{{ config(fail_calc='max(level)', warn_if='= 1', error_if='> 1') }}
select coalesce(max(case
    when status = 'error' or (status = 'fail' and severity = 'error') then 2
    when status = 'fail' and severity = 'warn' then 1
    else 0
end), 2) as level
from {{ model }}
where rule_id = '{{ rule_id }}'
{% endtest %}
