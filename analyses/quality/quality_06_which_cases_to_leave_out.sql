-- How many episodes have no usable age at referral, and how many are left without them?
with

doubtful as (

    select distinct
        la_child_id,
        referral_date
    from {{ ref('dq_results') }}
    where rule_id in ('birth_month_missing', 'dfe_8520', 'dfe_8606', 'age_25_or_over_at_referral')

)

select
    count(*) as n_episodes,
    count(doubtful.la_child_id) as n_doubtful,
    count(*) - count(doubtful.la_child_id) as n_left
from {{ ref('episodes') }} as episodes
left join doubtful
    on
        episodes.la_child_id = doubtful.la_child_id
        and episodes.referral_date = doubtful.referral_date
