-- What became of referrals, by the primary need recorded for them?
with

needs as (

    select distinct on (code)
        code,
        label
    from {{ ref('code_lists') }}
    where code_list = 'primary_need_code'
    order by code asc, first_census_year asc

)

select
    episodes.primary_need_code,
    needs.label as primary_need,
    count(*) as n_episodes,
    round(100 * avg(episodes.is_no_further_action::integer), 1) as percent_no_further_action,
    round(100 * avg(episodes.is_not_in_need::integer), 1) as percent_not_in_need,
    round(100 * avg(episodes.is_in_need::integer), 1) as percent_in_need,
    count(*) filter (where episodes.is_in_need) as n_in_need
from {{ ref('episodes') }} as episodes
left join needs on episodes.primary_need_code = needs.code
group by episodes.primary_need_code, needs.label
order by episodes.primary_need_code nulls last
