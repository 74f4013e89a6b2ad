/*
One row per pair of la_child_ids that a local authority reorganisation may have split: predecessor and successor with
the same local child id, birth month and sex (R7). `cut_reason` is null where the link stands: a pair whose PMRs are both
known and differ is not linked.

A sex that one of them does not know disagrees with nothing. Nor does a birth month that is not known, or that is the expected
one of an unborn child, if the successor goes on with a case of the predecessor: same local id, same day of referral (D31).
*/
with

la_children as (

    select
        la_children.*,
        nullif(la_children.sex, 'unknown') as known_sex,
        if(la_children.is_birth_month_expected, null, la_children.birth_month_start) as known_birth_month,
        claims.pmr_key
    from {{ ref('int_cin__la_children') }} as la_children
    left join {{ ref('int_cin__pmr_claims') }} as claims
        on la_children.la_child_key = claims.la_child_key and claims.is_chosen

),

changes as (

    select * from {{ ref('local_authority_changes') }}

),

referrals as (

    select
        la_child_key,
        referral_date
    from {{ ref('int_cin__episodes_reconciled') }}

),

paired as (

    select
        predecessors.la_child_key,
        successors.la_child_key as successor_la_child_key,
        if(
            predecessors.birth_month_start = successors.birth_month_start,
            true,
            predecessors.known_birth_month = successors.known_birth_month
        ) as is_same_birth_month,
        case when predecessors.pmr_key <> successors.pmr_key then 'reorganisation_pmr_differs' end as cut_reason
    from changes
    inner join la_children as predecessors on changes.predecessor_code = predecessors.local_authority_code
    inner join la_children as successors
        on
            changes.successor_code = successors.local_authority_code
            and predecessors.local_child_id = successors.local_child_id
            and coalesce(predecessors.known_sex = successors.known_sex, true)
    where predecessors.first_census_year < changes.first_census_year

),

continued as (

    select distinct
        paired.la_child_key,
        paired.successor_la_child_key
    from paired
    inner join referrals as before_change on paired.la_child_key = before_change.la_child_key
    inner join referrals as after_change
        on
            paired.successor_la_child_key = after_change.la_child_key
            and before_change.referral_date = after_change.referral_date

),

linked as (

    select
        paired.la_child_key,
        paired.successor_la_child_key,
        paired.cut_reason
    from paired
    left join continued
        on
            paired.la_child_key = continued.la_child_key
            and paired.successor_la_child_key = continued.successor_la_child_key
    where coalesce(paired.is_same_birth_month, continued.la_child_key is not null)

)

select * from linked
