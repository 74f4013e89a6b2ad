{# The three ids that stand side by side (R9), each with the integer key that stands for it in intermediate tables. #}
{% macro id_schemes() %}
    {{ return({'la_child_id': 'la_child_key', 'pmr_first_id': 'pmr_first_key', 'child_id': 'child_key'}) }}
{% endmacro %}


{# The measures counted for a year (R21, R22): those of being in the census, and those of entering it. #}
{% macro prevalence_measures() %}
    {{ return([
        'recorded', 'open', 'in_need_any_point', 'in_need_31_march', 'protection_plan_any_point', 'protection_plan_31_march'
    ]) }}
{% endmacro %}


{% macro incidence_measures() %}
    {{ return([
        'referrals', 'referred', 'entered', 're_entered', 'rereferred_12_months', 'episodes_started', 'plans_started'
    ]) }}
{% endmacro %}


{# Measures that count events (referrals, episodes, plans) beside the children they happened to. #}
{% macro event_measures() %}
    {{ return(['referrals', 'rereferred_12_months', 'episodes_started', 'plans_started']) }}
{% endmacro %}
