{# The names of the columns of the main file that hold a date (R4). #}
{% macro date_columns() %}
    {{ return(cin_crosswalk().items() | selectattr('1.kind', 'equalto', 'date') | map('first') | list) }}
{% endmacro %}
