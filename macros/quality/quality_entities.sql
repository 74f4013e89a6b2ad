{#
    The entities that quality rules are about: name, model, and the keys that tell its rows beside census year and
    authority. Each model has one row per entity and one boolean column per rule. A new rule is a column there. `descriptive_rules` are no faults (is_fault in `dq_rules`):
    they are counted, but not listed record by record.
#}
{% macro quality_entities() %}
    {% set keys = {
        'child_record': ['la_child_id', 'referral_date'],
        'referral_record': ['la_child_id', 'referral_date'],
        'plan_record': ['la_child_id', 'referral_date', 'plan_start_date'],
        'episode_return': ['la_child_key', 'referral_date'],
        'plan_return': ['la_child_key', 'referral_date', 'plan_start_date'],
        'episode': ['la_child_key', 'referral_date'],
        'la_child': ['la_child_key'],
        'disability_return': ['la_child_id'],
        'authority_year': [],
    } %}
    {% set descriptive_rules = {
        'child_record': ['pupil_matching_ref_missing_at_school_age', 'ethnicity_not_stated'],
        'referral_record': ['primary_need_not_stated'],
        'plan_record': ['initial_conference_missing'],
        'la_child': ['child_without_pupil_matching_ref'],
    } %}
    {% set entities = [] %}
    {% for name, own_keys in keys.items() %}
        {% do entities.append({
            'name': name,
            'model': 'int_dq__' ~ ('la_children' if name == 'la_child' else name ~ 's'),
            'key_columns': ['census_year', 'local_authority_code'] + own_keys,
            'descriptive_rules': descriptive_rules.get(name, []),
        }) %}
    {% endfor %}
    {{ return(entities) }}
{% endmacro %}
