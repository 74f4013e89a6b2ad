-- How many referrals does a year bring, of how many children, and how far is that from what DfE published?
select
    census_year,
    n_events as n_referrals,
    n_children,
    round(n_events / n_children, 2) as referrals_per_child,
    round(events_per_10000, 1) as referrals_per_10000,
    published_n_events as n_referrals_published,
    round(percent_from_published_n_events, 1) as percent_from_published
from {{ ref('annual_incidence') }}
where geography_level = 'National' and measure = 'referrals' and id_scheme = 'la_child_id'
order by census_year
