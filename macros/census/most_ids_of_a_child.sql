{# The most la_child_ids that one child plausibly has over the years (D9). A PMR shared by more is quarantined (R8). #}
{% macro most_ids_of_a_child() %}
    {{ return(8) }}
{% endmacro %}
