/*
Every threshold is of a rule or field check, a variable, a census year and an authority that exist. A line with a slip in a name
would be passed over, and the threshold that was meant would not be there.
*/
with

authorities as (

    select distinct local_authority_code from {{ ref('local_authorities') }}

),

of_rules as (

    select thresholds.rule_id
    from {{ ref('dq_thresholds') }} as thresholds
    left join {{ ref('dq_rule_catalogue') }} as rules on thresholds.rule_id = rules.rule_id
    left join {{ ref('census_years') }} as census_years on thresholds.census_year = census_years.census_year
    left join authorities on thresholds.local_authority_code = authorities.local_authority_code
    where
        rules.rule_id is null
        or (thresholds.census_year is not null and census_years.census_year is null)
        or (thresholds.local_authority_code is not null and authorities.local_authority_code is null)

),

of_checks as (

    select thresholds.check_name
    from {{ ref('dq_field_thresholds') }} as thresholds
    left join {{ ref('dq_field_check_types') }} as checks on thresholds.check_name = checks.check_name
    left join {{ ref('variables') }} as variables on thresholds.field_name = variables.variable
    where checks.check_name is null or (thresholds.field_name is not null and variables.variable is null)

),

of_nothing as (

    select * from of_rules
    union all
    select * from of_checks

)

select count(*) as n_broken
from of_nothing
having count(*) > 0
