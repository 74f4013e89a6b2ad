-- What share of children lacks a pupil matching reference, by age when first referred?
select
    children.age_at_first_referral,
    count(*) as n_la_child_ids,
    round(100.0 * count(*) filter (where identifiers.pupil_matching_ref is null) / count(*), 1) as percent_without_reference
from {{ ref('child_identifiers') }} as identifiers
inner join {{ ref('children') }} as children on identifiers.child_id = children.child_id
where children.age_at_first_referral < 18
group by children.age_at_first_referral
order by children.age_at_first_referral
