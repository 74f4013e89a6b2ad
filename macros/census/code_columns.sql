{# The coded columns of the main file, each with the code list it is checked against (R3). #}
{% macro code_columns() %}
    {{ return({
        'sex_code': 'sex_code',
        'ethnicity_code': 'ethnicity_code',
        'referral_source_code': 'referral_source_code',
        'primary_need_code': 'primary_need_code',
        'closure_reason_code': 'closure_reason_code',
        'initial_abuse_category_code': 'abuse_category_code',
        'latest_abuse_category_code': 'abuse_category_code',
        'open_case_code': 'open_case_code',
    }) }}
{% endmacro %}
