-- Which rules spoil `child_protection_plans`, how bad is it in the newest year, and what does it mean for me?
select
    rule_years.rule_id,
    rule_years.status,
    round(100 * rule_years.share_broken, 1) as percent_broken,
    dq_rules.sentence,
    dq_rules.meaning_for_analyst
from {{ ref('dq_rule_years') }} as rule_years
inner join {{ ref('dq_rules') }} as dq_rules on rule_years.rule_id = dq_rules.rule_id
where
    list_contains(dq_rules.marts, 'child_protection_plans')
    and rule_years.census_year = (select max(census_year) from {{ ref('dq_rule_years') }})
order by rule_years.share_broken desc nulls last, rule_years.rule_id asc
