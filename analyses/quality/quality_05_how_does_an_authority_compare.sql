-- In which rules is authority 303 furthest above England, in all years together?
with

shares as (

    select
        rule_id,
        sum(n_broken) filter (where local_authority_code = '303') as n_broken,
        sum(n_checked) filter (where local_authority_code = '303') as n_checked,
        100.0 * sum(n_broken) / nullif(sum(n_checked), 0) as percent_in_england
    from {{ ref('dq_summary') }}
    group by rule_id

)

select
    rule_id,
    n_checked,
    round(100.0 * n_broken / n_checked, 1) as percent_in_authority,
    round(percent_in_england, 1) as percent_in_england
from shares
where n_checked >= 100
order by 100.0 * n_broken / n_checked - percent_in_england desc, rule_id
limit 10
