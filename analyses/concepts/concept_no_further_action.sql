-- What share of a year's referrals ends without further action, beside what DfE published?
with

published as (

    select
        census_year,
        round(100 * n_referrals_no_further_action / n_referrals, 1) as percent_published
    from {{ ref('published_dfe_figures') }}
    where geography_level = 'National'

),

referrals as (

    select
        census_years.census_year,
        episodes.is_no_further_action,
        episodes.closure_basis,
        episodes.primary_need_code
    from {{ ref('episodes') }} as episodes
    inner join {{ ref('census_years') }} as census_years
        on episodes.referral_date between census_years.first_day and census_years.census_day
    where not coalesce(episodes.is_continued_from_predecessor, false)

)

select
    referrals.census_year,
    count(*) as n_referrals,
    count(*) filter (where referrals.is_no_further_action) as n_no_further_action,
    round(100 * avg(referrals.is_no_further_action::integer), 1) as percent_no_further_action,
    max(published.percent_published) as percent_published,
    count(*) filter (where referrals.is_no_further_action and referrals.primary_need_code is null) as n_without_primary_need,
    count(*) filter (where referrals.closure_basis = 'no_further_action') as n_closed_on_day_of_referral
from referrals
left join published on referrals.census_year = published.census_year
group by referrals.census_year
order by referrals.census_year
