/* One row per census year and quality rule that was above its threshold then. */
select
    rule_years.rule_id,
    rule_years.census_year,
    rules.sentence,
    rules.severity,
    rules.entity,
    rules.meaning_for_analyst,
    list_sort(rules.marts) as marts,
    rule_years.n_checked,
    rule_years.n_broken,
    rule_years.threshold_percent
from dq_rule_years as rule_years
inner join dq_rules as rules on rule_years.rule_id = rules.rule_id
where rule_years.status in ('fail', 'error')
order by rule_years.rule_id, rule_years.census_year
