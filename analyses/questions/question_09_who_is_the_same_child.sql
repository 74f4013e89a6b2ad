-- How much hangs on who counts as the same child? Every figure of the last year but one, England, under the three ids
select
    measure,
    n_children_by_la_child_id,
    n_children_by_pmr_first_id,
    n_children_by_child_id,
    round(percent_between, 1) as percent_between
from {{ ref('id_scheme_bracket') }}
where
    geography_level = 'National'
    and census_year = (select max(census_year) - 1 from {{ ref('id_scheme_bracket') }})
    and measure <> 'referrals'  -- the same children as `referred`
union all
select
    'ever in the extract' as measure,
    count(*) as n_children_by_la_child_id,
    count(distinct pmr_first_id) as n_children_by_pmr_first_id,
    count(distinct child_id) as n_children_by_child_id,
    round(
        100.0 * (count(*) - least(count(distinct pmr_first_id), count(distinct child_id))) / count(distinct child_id), 1
    ) as percent_between
from {{ ref('child_identifiers') }}
order by percent_between desc, measure asc
