{# Every column but the keys: the rules of an entity's quality model. For a select list or an UNPIVOT. #}
{% macro rule_columns(keys) -%}
    columns(* exclude ({{ keys | join(', ') }}))
{%- endmacro %}
