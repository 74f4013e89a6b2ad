{# Holds when none of `columns` is below zero in any row. Shows how many rows break it, never which. #}
{% test never_negative(model, columns) %}
select count(*) as n_rows
from {{ model }}
where least({{ columns | join(', ') }}) < 0
having count(*) > 0
{% endtest %}
