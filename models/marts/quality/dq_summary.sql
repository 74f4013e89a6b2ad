/*
One row per quality rule, census year and local authority: checked, broken, share and status, with the reason where
nothing was checked. Rows that name no authority stand under a null one.
*/
with

{{ judge_rules(has_authorities=true) }}

select
    rule_id,
    census_year,
    local_authority_code,
    n_checked,
    n_broken,
    share_broken,
    status,
    not_applicable_reason,
    severity,
    threshold_percent
from judged
order by rule_id, census_year, local_authority_code
