-- On what evidence do episodes end, and how far apart do the bounds of an estimated end lie?
select
    closure_basis,
    count(*) as n_episodes,
    round(100 * count(*) / sum(count(*)) over (), 1) as percent_of_episodes,
    count(*) filter (where is_closed) as n_closed_by_a_return,
    count(*) filter (where is_vanished) as n_vanished,
    median(closure_date_latest - closure_date_earliest) as median_days_between_bounds,
    round(avg(closure_date - referral_date)) as mean_days_open,
    round(avg(closure_date_expected - referral_date)) as mean_days_open_expected
from {{ ref('episodes') }}
group by closure_basis
order by n_episodes desc, closure_basis asc
