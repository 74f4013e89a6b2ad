-- How do episodes referred before birth differ from those of born children?
select
    case
        when episodes.age_at_referral < -1 then 'more than a year before birth (an error)'
        when episodes.age_at_referral < 0 then 'before birth'
        when episodes.age_at_referral < 1 then 'under 1'
        when episodes.age_at_referral < 5 then '1 to 4'
        when episodes.age_at_referral >= 5 then '5 and over'
        else 'not known'
    end as age_at_referral_group,
    count(*) as n_episodes,
    round(100 * count(*) / sum(count(*)) over (), 1) as percent_of_episodes,
    round(100 * avg(episodes.is_in_need::integer), 1) as percent_in_need,
    round(100 * avg(episodes.has_protection_plan::integer), 1) as percent_with_plan,
    round(100 * avg((identifiers.pupil_matching_ref is null)::integer), 1) as percent_without_reference
from {{ ref('episodes') }} as episodes
inner join {{ ref('child_identifiers') }} as identifiers on episodes.la_child_id = identifiers.la_child_id
group by age_at_referral_group
order by min(episodes.age_at_referral) nulls last
