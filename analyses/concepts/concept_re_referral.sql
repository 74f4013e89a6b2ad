-- What share of referrals follows another of the same child within twelve months, under each id, and as published?
with

referrals as (

    select
        census_year,
        id_scheme,
        n_events as n_referrals,
        published_n_events as n_referrals_published
    from {{ ref('annual_incidence') }}
    where geography_level = 'National' and measure = 'referrals'

),

rereferrals as (

    select
        census_year,
        id_scheme,
        n_events as n_rereferrals,
        published_n_events as n_rereferrals_published
    from {{ ref('annual_incidence') }}
    where geography_level = 'National' and measure = 'rereferred_12_months'

)

select
    referrals.census_year,
    max(referrals.n_referrals) as n_referrals,
    max(rereferrals.n_rereferrals) filter (where referrals.id_scheme = 'la_child_id') as n_rereferrals,
    round(max(100 * n_rereferrals / n_referrals) filter (where referrals.id_scheme = 'la_child_id'), 1) as percent_by_la_child_id,
    round(max(100 * n_rereferrals / n_referrals) filter (where referrals.id_scheme = 'child_id'), 1) as percent_by_child_id,
    round(max(100 * n_rereferrals_published / n_referrals_published), 1) as percent_published
from referrals
inner join rereferrals on referrals.census_year = rereferrals.census_year and referrals.id_scheme = rereferrals.id_scheme
group by referrals.census_year
order by referrals.census_year
