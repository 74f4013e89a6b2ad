{#
    The select list that counts every measure of a year (R21, R22) over rows of one id scheme:
    `n_children_<measure>` counts ids, `n_events_<measure>` counts referrals, episodes or plans.
    The rows must be one per id, or of ids that have no other row in the same geography and year.
#}
{% macro count_measures(scheme) %}
    {%- for measure in prevalence_measures() %}
        count_if(is_{{ measure }}) as n_children_{{ measure }},
    {%- endfor %}
        count_if(is_referred) as n_children_referrals,
        count_if(is_referred) as n_children_referred,
        count_if(is_entered_by_{{ scheme }}) as n_children_entered,
        count_if(is_referred and not is_entered_by_{{ scheme }}) as n_children_re_entered,
        count_if(n_rereferrals_by_{{ scheme }} > 0) as n_children_rereferred_12_months,
        count_if(n_episodes_started > 0) as n_children_episodes_started,
        count_if(n_plans_started > 0) as n_children_plans_started,
        sum(n_referrals)::bigint as n_events_referrals,
        sum(n_rereferrals_by_{{ scheme }})::bigint as n_events_rereferred_12_months,
        sum(n_episodes_started)::bigint as n_events_episodes_started,
        sum(n_plans_started)::bigint as n_events_plans_started
{% endmacro %}


{# The select list that folds the rows of one id in one year into one row, to be counted by `count_measures`. #}
{% macro fold_measures(scheme) %}
    {%- for measure in prevalence_measures() + ['referred', 'entered_by_' ~ scheme] %}
        bool_or(is_{{ measure }}) as is_{{ measure }},
    {%- endfor %}
        sum(n_referrals) as n_referrals,
        sum(n_rereferrals_by_{{ scheme }}) as n_rereferrals_by_{{ scheme }},
        sum(n_episodes_started) as n_episodes_started,
        sum(n_plans_started) as n_plans_started
{% endmacro %}


{# The counts and shares of the paper's Table 1, over rows of one episode each: of one census year, or of the whole extract. #}
{% macro count_table_1() -%}
        count(distinct local_authority_code) as n_local_authorities,
        count(distinct pmr_key) as n_pupil_matching_refs,
        count(distinct la_child_key) as n_la_child_ids,
        count(*) as n_episodes,
        100.0 * (count(*) filter (where is_closed and not has_closure_date))
        / nullif(count(*) filter (where is_closed), 0) as percent_closure_date_missing,
        100.0 * (count(*) filter (where is_overlapping)) / count(*) as percent_overlapping
{%- endmacro %}
