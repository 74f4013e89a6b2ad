/*
Every plan belongs to an episode of the same child. Where its end is not recorded it runs until the episode ends, and
has no end while the episode is open (R12).

Why: plans are counted by that end, and a null in one of two dates must not turn into the other date.
*/
select
    count_if(episodes.episode_id is null) as n_without_episode,
    count(*) - count_if(episodes.episode_id is null) as n_with_wrong_end
from {{ ref('child_protection_plans') }} as plans
left join {{ ref('episodes') }} as episodes
    on plans.episode_id = episodes.episode_id and plans.child_id = episodes.child_id
where
    episodes.episode_id is null
    or (plans.plan_end_date is null and episodes.closure_date is null) <> (plans.plan_end_date_for_counting is null)
having count(*) > 0
