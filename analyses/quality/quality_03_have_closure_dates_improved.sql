-- Have closure dates and overlaps become better, as the founding paper found?
select
    census_year,
    round(100 * max(share_broken) filter (where rule_id = 'closure_date_missing'), 1) as percent_closure_date_missing,
    round(100 * max(share_broken) filter (where rule_id = 'episode_overlaps'), 1) as percent_overlapping
from {{ ref('dq_rule_years') }}
group by census_year
order by census_year
