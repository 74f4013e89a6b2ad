/*
One row per la_child_id, the paper's child (R5), with the characteristics by which the paper describes its cohort.

Age and need are those of the first episode in the extract, whatever came of it. Every value is a category of the seed
`published_cohort_description`: what is not known is a category too.
*/
with

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

first_episodes as (

    select
        la_child_key,
        min(referral_date) as first_referral_date,
        arg_min_null(primary_need_code, referral_date) as primary_need_code,
        min(first_census_year) filter (where has_protection_plan) as first_year_with_plan
    from {{ ref('int_cin__episodes_reconciled') }}
    group by la_child_key

),

described as (

    select
        la_children.la_child_key,
        la_children.first_census_year,
        la_children.last_census_year,
        coalesce(la_children.sex, 'unknown') as sex,
        coalesce(la_children.ethnic_group, 'Unknown') as ethnic_group,
        {{ whole_years('la_children.birth_month_start', 'first_episodes.first_referral_date') }} as age_at_first_referral,
        case
            when age_at_first_referral is null then 'not known'
            when age_at_first_referral = -1 then 'before birth'
            when age_at_first_referral = 0 then '0'
            when age_at_first_referral between 1 and 4 then '1-4'
            when age_at_first_referral between 5 and 9 then '5-9'
            when age_at_first_referral between 10 and 15 then '10-15'
            when age_at_first_referral between 16 and 25 then '16-25'
            else 'out of range'
        end as age_band,
        coalesce(first_episodes.primary_need_code, 'not given') as primary_need_code,
        first_episodes.first_year_with_plan
    from la_children
    inner join first_episodes on la_children.la_child_key = first_episodes.la_child_key

)

select * from described
