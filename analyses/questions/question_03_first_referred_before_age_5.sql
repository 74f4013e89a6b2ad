-- Of children first referred before their fifth birthday in census year 2014: who was referred again, and who was on a plan,
-- within two years?
with

cohort as (

    select
        children.child_id,
        children.age_at_first_referral,
        children.first_referral_date,
        children.first_referral_date + interval 24 months as end_of_follow_up
    from {{ ref('children') }} as children
    inner join {{ ref('census_years') }} as census_years
        on children.first_referral_date between census_years.first_day and census_years.census_day
    where
        census_years.census_year = 2014
        and children.age_at_first_referral between -1 and 4  -- lower ages are wrong dates
        -- two years are seen of everyone, or the child is left out
        and end_of_follow_up <= (select make_date(max(census_year), 3, 31) from {{ ref('child_years') }})

),

followed as (

    select
        case when age_at_first_referral < 0 then 'before birth' when age_at_first_referral = 0 then 'under 1' else '1 to 4' end
            as age_group,
        age_at_first_referral,
        exists(
            select 1
            from {{ ref('episodes') }} as episodes
            where
                episodes.child_id = cohort.child_id
                and episodes.referral_date > cohort.first_referral_date
                and episodes.referral_date <= cohort.end_of_follow_up
                and episodes.is_continued_from_predecessor is not true  -- no new referral
        ) as is_referred_again,
        exists(
            select 1
            from {{ ref('child_protection_plans') }} as plans
            where
                plans.child_id = cohort.child_id
                and plans.plan_start_date between cohort.first_referral_date and cohort.end_of_follow_up
        ) as is_on_plan
    from cohort

)

select
    if(grouping(age_group) = 1, 'all', age_group) as age_at_first_referral,
    count(*) as n_children,
    count_if(is_referred_again) as n_referred_again,
    round(100.0 * count_if(is_referred_again) / count(*), 1) as percent_referred_again,
    count_if(is_on_plan) as n_on_plan,
    round(100.0 * count_if(is_on_plan) / count(*), 1) as percent_on_plan
from followed
group by rollup(age_group)
order by grouping(age_group) asc, min(followed.age_at_first_referral) asc
