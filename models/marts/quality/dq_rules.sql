/*
One row per quality rule: what it asks, of what, how grave a break is, which tables it spoils, and what to do about it.

The catalogue is the seed `dq_rule_catalogue`; the logic of a rule is the column of its name in `int_dq__<entity>s`.
A rule applies in the years in which all its fields are collected and delivered, which `variable_availability` says.
*/
with

catalogue as (

    select * from {{ ref('dq_rule_catalogue') }}

),

fields as (

    select
        rule_id,
        unnest(string_split(fields, ';')) as variable
    from catalogue

),

availability as (

    select * from {{ ref('int_dq__availability') }}

),

collected as (

    select
        catalogue.rule_id,
        coalesce(catalogue.first_census_year, 2009) as first_census_year,
        census_years.census_year,
        coalesce(bool_and(availability.is_available), true) as is_collected,
        coalesce(bool_or(availability.is_documented and not availability.is_delivered), false) as is_undelivered
    from catalogue
    cross join {{ ref('census_years') }} as census_years
    left join {{ source('landing', 'delivered_years') }} as delivered_years
        on census_years.census_year = delivered_years.census_year
    inner join fields on catalogue.rule_id = fields.rule_id
    left join availability
        on fields.variable = availability.variable and census_years.census_year = availability.census_year
    where census_years.is_provisional is not true or delivered_years.census_year is not null
    group by catalogue.rule_id, catalogue.first_census_year, census_years.census_year

),

years as (

    select
        rule_id,
        list(census_year order by census_year) as census_years
    from collected
    where is_collected and census_year >= first_census_year
    group by rule_id

),

undelivered as (

    select
        rule_id,
        list(census_year order by census_year) as census_years
    from collected
    where is_undelivered and census_year >= first_census_year
    group by rule_id

),

dq_rules as (

    select
        catalogue.rule_id,
        upper(nullif(regexp_extract(catalogue.rule_id, '^dfe_(.*)$', 1), '')) as dfe_code,
        catalogue.sentence,
        catalogue.entity,
        catalogue.category,
        catalogue.subcategory,
        catalogue.severity,
        catalogue.is_fault,
        string_split(catalogue.fields, ';') as fields,
        years.census_years,
        undelivered.census_years as census_years_not_delivered,
        string_split(catalogue.marts, ';') as marts,
        catalogue.source,
        catalogue.meaning_for_engineer,
        catalogue.meaning_for_analyst
    from catalogue
    left join years on catalogue.rule_id = years.rule_id
    left join undelivered on catalogue.rule_id = undelivered.rule_id

)

select * from dq_rules
order by rule_id
