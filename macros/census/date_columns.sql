{# The names of the columns of the main file that hold a date (R4). #}
{% macro date_columns() %}
    {{ return(main_columns().items() | selectattr('1', 'equalto', 'date') | map('first') | list) }}
{% endmacro %}
