/*
One row per table of results and census year: a grade from A to F, and a verdict in plain words with its reasons.

A: no rule that spoils the table is above its threshold. B: only rules for information are. C: one warning rule is, or
at most one in ten of those that could be checked. D: more. F: a rule of severity error is, or could not run. N: what the
table rests on was not collected. A and B are usable, C and D with care, F and N not.
*/
with

rule_years as (

    select * from {{ ref('dq_rule_years') }}

),

spoilt as (

    select
        rule_id,
        unnest(marts) as mart
    from {{ ref('dq_rules') }}

),

not_collected as (

    select
        needs.mart,
        availability.census_year,
        string_agg(needs.variable, ', ' order by needs.variable) as variables
    from {{ ref('dq_mart_needs') }} as needs
    inner join {{ ref('int_dq__availability') }} as availability
        on needs.variable = availability.variable and not availability.is_available
    group by needs.mart, availability.census_year

),

counted as (

    select
        spoilt.mart,
        rule_years.census_year,
        count_if(rule_years.status <> 'not_applicable') as n_rules_checked,
        count_if(rule_years.status = 'fail') as n_rules_failed,
        count_if(rule_years.severity = 'warn' and rule_years.status <> 'not_applicable') as n_warnings_checked,
        count_if(rule_years.severity = 'warn' and rule_years.status = 'fail') as n_warnings_failed,
        count_if(rule_years.status = 'error' or (rule_years.severity = 'error' and rule_years.status = 'fail')) as n_errors,
        string_agg(
            rule_years.rule_id || ' (' || round(100 * rule_years.share_broken, 1) || ' %)', ', '
            order by rule_years.share_broken desc, rule_years.rule_id asc
        ) filter (where rule_years.status = 'fail') as failed_rules
    from spoilt
    inner join rule_years on spoilt.rule_id = rule_years.rule_id
    group by spoilt.mart, rule_years.census_year

),

graded as (

    select
        counted.*,
        not_collected.variables as variables_not_collected,
        case
            when n_errors > 0 then 'F'
            when variables_not_collected is not null then 'N'
            when n_rules_failed = 0 then 'A'
            when n_warnings_failed = 0 then 'B'
            when n_warnings_failed <= greatest(1, 0.1 * n_warnings_checked) then 'C'
            else 'D'
        end as grade
    from counted
    left join not_collected
        on counted.mart = not_collected.mart and counted.census_year = not_collected.census_year

)

select
    mart,
    census_year,
    grade,
    case
        when grade in ('A', 'B') then 'usable'
        when grade in ('C', 'D') then 'usable_with_care'
        when grade = 'N' then 'not_collected'
        else 'not_usable'
    end as verdict,
    coalesce('Not collected: ' || variables_not_collected || '. ', '')
    || coalesce('Above their thresholds: ' || failed_rules || '.', 'No rule is above its threshold.') as reasons,
    n_rules_checked::bigint as n_rules_checked,
    n_rules_failed::bigint as n_rules_failed
from graded
order by mart, census_year
