/*
One row per census year, geography, id scheme and measure: children referred, and episodes and plans that began.

R22 defines the measures, R23 the population and both rates, R24 the geographies. `n_children` counts children;
`n_events` counts referrals, episodes or plans, where the measure is of events.
*/
{{ annual_rates(incidence_measures(), {
    'referrals': {'children': 'n_children_referred', 'events': 'n_referrals'},
    'referred': {'children': 'n_children_referred'},
    'rereferred_12_months': {'children': 'n_children_rereferred_12_months', 'events': 'n_rereferrals_12_months'},
    'episodes_started': {'children': 'n_children_started', 'events': 'n_episodes_started'},
    'plans_started': {'children': 'n_children_plans_started', 'events': 'n_plans_started'},
}) }}
