/*
Every episode is exactly one of: no further action, not in need, in need (R20).

Why: the counts of referrals by outcome are meant to add up to the referrals.
*/
select count(*) as n_episodes
from {{ ref('episodes') }}
where (is_no_further_action::int + is_not_in_need::int + is_in_need::int = 1) is not true
having count(*) > 0
