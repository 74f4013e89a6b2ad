/*
One row per census year, geography, id scheme and measure: children in the census, open, in need or on a plan.

R21 defines the measures, R23 the population and both rates, R24 the geographies. Never scaled up for the half year
2009, or for authorities that did not return: `is_half_year` and the authority counts say where that matters.
*/
{{ annual_rates(prevalence_measures(), {
    'in_need_any_point': {'children': 'n_children_any_point'},
    'in_need_31_march': {'children': 'n_children_31_march'},
    'protection_plan_any_point': {'children': 'n_children_plan_any_point'},
    'protection_plan_31_march': {'children': 'n_children_plan_31_march'},
}) }}
