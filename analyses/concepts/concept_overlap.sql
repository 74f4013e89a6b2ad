-- How many episodes overlap an earlier one of the same child, of which kind, by the census year of the referral?
select
    census_years.census_year,
    count(*) as n_episodes,
    round(100 * avg(episodes.overlaps_previous::integer), 1) as percent_overlapping,
    count(*) filter (where episodes.overlap_kind = 'missing_closure') as n_missing_closure,
    count(*) filter (where episodes.overlap_kind = 'rereferral_while_open') as n_rereferral_while_open,
    round(100 * avg(episodes.overlaps_previous_of_child::integer), 1) as percent_overlapping_by_child_id
from {{ ref('episodes') }} as episodes
inner join {{ ref('census_years') }} as census_years
    on episodes.referral_date between census_years.first_day and census_years.census_day
group by census_years.census_year
order by census_years.census_year
