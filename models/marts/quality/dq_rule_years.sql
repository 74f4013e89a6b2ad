/*
One row per quality rule and census year, for England as a whole: checked, broken, share, status, and the change since the
year before. The dbt test of each rule reads this table.
*/
with

{{ judge_rules(has_authorities=false) }},

compared as (

    select
        *,
        lag(share_broken) over (partition by rule_id order by census_year) as previous_share_broken
    from judged

)

select
    rule_id,
    census_year,
    n_checked,
    n_broken,
    share_broken,
    100 * share_broken - 100 * previous_share_broken as change_in_percentage_points,
    status,
    not_applicable_reason,
    severity,
    threshold_percent,
    threshold_note
from compared
order by rule_id, census_year
