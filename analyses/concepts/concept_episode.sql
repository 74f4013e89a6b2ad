-- How many census years return the same episode, and when is it closed?
select
    least(n_returns, 8) as n_returns_at_most_8,
    count(*) as n_episodes,
    round(100 * count(*) / sum(count(*)) over (), 1) as percent_of_episodes,
    sum(n_returns) as n_records_by_year,
    round(100 * avg((closure_basis = 'recorded')::integer), 1) as percent_closure_recorded,
    round(100 * avg(is_in_need::integer), 1) as percent_in_need,
    round(100 * avg(has_protection_plan::integer), 1) as percent_with_plan
from {{ ref('episodes') }}
group by n_returns_at_most_8
order by n_returns_at_most_8
