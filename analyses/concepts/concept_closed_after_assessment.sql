-- What share of a year's referrals is closed after assessment (RC8 or RC9), beside what DfE published?
with

published as (

    select
        census_year,
        round(100 * n_referrals_not_in_need / n_referrals, 1) as percent_published
    from {{ ref('published_dfe_figures') }}
    where geography_level = 'National'

),

referrals as (

    select
        census_years.census_year,
        episodes.closure_reason_code,
        episodes.is_not_in_need
    from {{ ref('episodes') }} as episodes
    inner join {{ ref('census_years') }} as census_years
        on episodes.referral_date between census_years.first_day and census_years.census_day
    where not coalesce(episodes.is_continued_from_predecessor, false)

)

select
    referrals.census_year,
    count(*) as n_referrals,
    count(*) filter (where referrals.closure_reason_code = 'RC8') as n_rc8,
    count(*) filter (where referrals.closure_reason_code = 'RC9') as n_rc9,
    count(*) filter (where referrals.is_not_in_need) as n_not_in_need,
    count(*) filter (where referrals.closure_reason_code in ('RC8', 'RC9') and not referrals.is_not_in_need)
        as n_rc8_or_rc9_counted_otherwise,
    round(100 * avg(referrals.is_not_in_need::integer), 1) as percent_not_in_need,
    max(published.percent_published) as percent_published
from referrals
left join published on referrals.census_year = published.census_year
group by referrals.census_year
order by referrals.census_year
