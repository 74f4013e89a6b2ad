{#
    One query for each figure of the evaluation, to be joined by `union all`: topic, subject, figure, its value and unit, the
    number it rests on, the target if there is one, and the best value that the records allow, where that is known.

    source: what to select from, with an alias or condition if need be.
    topic, subject, unit: texts.
    figures: {name of the figure: [value, number it rests on, target or null, 'at least' or 'at most' or null, best or null]}.
#}
{% macro figures(source, topic, subject, unit, figures) %}
    {% for figure, given in figures.items() %}
    select
        '{{ topic }}' as topic,
        {{ subject }} as subject,
        '{{ figure }}' as figure,
        ({{ given[0] }})::double as value,
        '{{ unit }}' as unit,
        ({{ given[1] }})::bigint as n,
        {{ given[2] }}::double as target,
        {{ "'" ~ given[3] ~ "'" if given[3] else 'null' }}::varchar as target_is,
        ({{ given[4] }})::double as best_attainable
    from {{ source }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{% endmacro %}
