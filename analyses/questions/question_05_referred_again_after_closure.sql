-- When a child's last open case closed, was the child referred again within 12 months, by primary need of that case?
with

spells as (

    select
        *,
        lead(start_date) over (partition by child_id order by start_date) as next_start_date
    from {{ ref('spells') }}

),

-- spells that ended with an episode of need, and whose next 12 months lie within the extract
ended as (

    select
        spells.spell_id,
        spells.next_start_date <= spells.end_date + interval 12 months as is_referred_again,
        episodes.primary_need_code,
        episodes.closure_basis = 'recorded' as is_recorded
    from spells
    inner join {{ ref('episodes') }} as episodes
        on
            spells.child_id = episodes.child_id
            and spells.end_date = episodes.closure_date
            and spells.start_date <= episodes.referral_date
    where
        episodes.is_in_need
        and spells.end_date >= date '2013-04-01'
        and spells.end_date + interval 12 months <= (select make_date(max(census_year), 3, 31) from {{ ref('child_years') }})
    qualify row_number() over (partition by spells.spell_id order by episodes.referral_date desc, episodes.episode_id asc) = 1

)

select
    if(grouping(needs.label) = 1, 'all', coalesce(needs.label, 'not given')) as primary_need,
    count_if(ended.is_recorded) as n_recorded_closures,
    round(100.0 * count_if(ended.is_referred_again and ended.is_recorded) / nullif(count_if(ended.is_recorded), 0), 1)
        as percent_again_after_recorded,
    count(*) as n_closures,
    round(100.0 * count_if(ended.is_referred_again) / count(*), 1) as percent_again_after_all
from ended
left join {{ ref('code_lists') }} as needs
    on
        needs.code_list = 'primary_need_code'
        and ended.primary_need_code = needs.code
        -- labels change: the one of the newest year
        and (select max(census_year) from {{ ref('child_years') }})
        between needs.first_census_year and coalesce(needs.last_census_year, 9999)
group by rollup(needs.label)
order by grouping(needs.label) asc, n_closures desc, primary_need asc
