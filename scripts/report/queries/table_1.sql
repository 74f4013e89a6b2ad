/*
One row per census year, and one for the whole extract: the paper's Table 1 with the counts behind its percentages.

Closures of a year are counted by the rule `closure_date_missing`, which judges the same returns; those of the whole extract are
counted from episodes.
*/
with

closures as (

    select
        census_year,
        n_checked as n_closed,
        n_broken as n_closed_without_date
    from dq_rule_years
    where rule_id = 'closure_date_missing'

    union all

    select
        null as census_year,
        count_if(is_closed) as n_closed,
        count_if(is_closed and recorded_closure_date is null) as n_closed_without_date
    from episodes

)

select
    table_1.census_year,
    table_1.period,
    table_1.n_local_authorities as local_authorities,
    table_1.n_pupil_matching_refs,
    table_1.n_la_child_ids,
    table_1.n_episodes,
    closures.n_closed,
    closures.n_closed_without_date,
    round(table_1.percent_overlapping * table_1.n_episodes / 100)::bigint as n_overlapping,
    table_1.printed_n_local_authorities as printed_local_authorities,
    table_1.printed_n_pupil_matching_refs as printed_pupil_matching_refs,
    table_1.printed_n_la_child_ids as printed_la_child_ids,
    table_1.printed_n_episodes as printed_episodes,
    coalesce(published.is_suspect_n_la_child_ids, false) as is_misprint
from cohort_table_1 as table_1
left join closures on table_1.census_year is not distinct from closures.census_year
left join reference.published_table_1 as published on table_1.period = published.period
order by table_1.census_year nulls last
