-- How long until an episode of need closes, and how much of the answer is the estimate of closure dates?
with

last_days as (

    select make_date(max(census_year), 3, 31) as last_census_day
    from {{ ref('child_years') }}

),

-- every episode is seen for a year or longer, so an open one lies beyond 12 months
episodes as (

    select episodes.*
    from {{ ref('episodes') }} as episodes
    cross join last_days
    where
        episodes.is_in_need
        and episodes.referral_date >= date '2013-04-01'
        and episodes.referral_date < last_days.last_census_day - interval 12 months

),

dated as (

    select
        'closure_date_earliest' as date_used,
        referral_date,
        case when closure_basis <> 'open' then closure_date_earliest end as end_date  -- of an open case it is the last census day
    from episodes
    union all
    select
        'closure_date_expected' as date_used,
        referral_date,
        closure_date_expected as end_date
    from episodes
    union all
    select
        'closure_date' as date_used,
        referral_date,
        closure_date as end_date
    from episodes
    union all
    select
        'closure_date_latest' as date_used,
        referral_date,
        closure_date_latest as end_date
    from episodes
    union all
    select
        'recorded dates alone' as date_used,
        referral_date,
        closure_date as end_date
    from episodes
    where closure_basis = 'recorded'

)

select
    date_used,
    count(*) as n_episodes,
    count(*) - count(end_date) as n_open,
    quantile_disc(coalesce(end_date - referral_date, 99999), 0.5) as median_days,
    round(100.0 * count_if(end_date <= referral_date + interval 3 months) / count(*), 1) as percent_within_3_months,
    round(100.0 * count_if(end_date <= referral_date + interval 6 months) / count(*), 1) as percent_within_6_months,
    round(100.0 * count_if(end_date <= referral_date + interval 12 months) / count(*), 1) as percent_within_12_months
from dated
group by date_used
order by percent_within_12_months desc, date_used asc
