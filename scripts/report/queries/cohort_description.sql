/* One row per period, characteristic and category: the paper's description of its cohort, with the total of each. */
select
    period,
    is_period_of_paper,
    characteristic,
    category,
    label,
    n_la_child_ids,
    sum(n_la_child_ids) filter (where category != 'mean') over (partition by period, characteristic)::bigint as n_total,
    value,
    printed_percent,
    printed_value
from cohort_description
order by is_period_of_paper desc, period asc, characteristic asc, sort_order asc
