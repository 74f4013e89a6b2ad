{# Holds when no two rows share the same values in `columns`. Shows how many groups break it, never which. #}
{% test unique_together(model, columns) %}
select count(*) as n_groups
from (
    select 1
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
)
having count(*) > 0
{% endtest %}
