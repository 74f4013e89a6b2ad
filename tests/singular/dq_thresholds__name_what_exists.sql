/*
Every threshold is of a rule or field check, a variable, a census year and an authority that exist. A line with a slip in a name
would be passed over, and the threshold that was meant would not be there.
*/
with

of_rules as (

    select
        rules.rule_id is null
        or (thresholds.census_year is not null and years.census_year is null)
        or (thresholds.local_authority_code is not null and authorities.local_authority_code is null) as is_of_nothing
    from {{ ref('dq_thresholds') }} as thresholds
    left join {{ ref('dq_rule_catalogue') }} as rules on thresholds.rule_id = rules.rule_id
    left join {{ ref('census_years') }} as years on thresholds.census_year = years.census_year
    left join (select distinct local_authority_code from {{ ref('local_authorities') }}) as authorities
        on thresholds.local_authority_code = authorities.local_authority_code

),

of_checks as (

    select
        checks.check_name is null or (thresholds.field_name is not null and variables.variable is null) as is_of_nothing
    from {{ ref('dq_field_thresholds') }} as thresholds
    left join {{ ref('dq_field_check_types') }} as checks on thresholds.check_name = checks.check_name
    left join {{ ref('variables') }} as variables on thresholds.field_name = variables.variable

),

thresholds as (

    select * from of_rules
    union all
    select * from of_checks

)

select count(*) as n_broken
from thresholds
where is_of_nothing
having count(*) > 0
