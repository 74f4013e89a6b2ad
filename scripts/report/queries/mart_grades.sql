/* One row per table of results and census year: its grade, and the rules above their thresholds that spoil it. */
select
    grades.mart,
    grades.census_year,
    grades.grade,
    grades.verdict,
    coalesce(list(rules.rule_id order by rules.rule_id) filter (where rules.rule_id is not null), []) as rule_ids
from dq_mart_grades as grades
left join dq_rule_years as rule_years
    on grades.census_year = rule_years.census_year and rule_years.status in ('fail', 'error')
left join dq_rules as rules on rule_years.rule_id = rules.rule_id and list_contains(rules.marts, grades.mart)
group by grades.mart, grades.census_year, grades.grade, grades.verdict
order by grades.mart, grades.census_year
