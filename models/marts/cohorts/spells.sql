/*
One row per child and unbroken period of being open (R19): the overlapping episodes of one child_id merged.

End exclusive: an episode that starts on the day the last one closed starts a spell of its own.
Episodes with no further action are spells of no days, unless they fall within another spell.
*/
with

episodes as (

    select
        child_key,
        referral_date,
        coalesce(closure_date, date '9999-12-31') as end_date,
        local_authority_code,
        la_child_key
    from {{ ref('int_cin__episodes_in_sequence') }}

),

marked as (

    select
        *,
        coalesce(
            referral_date >= max(end_date) over (
                partition by child_key
                order by referral_date asc, end_date desc, local_authority_code asc, la_child_key asc
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as starts_spell
    from episodes

),

numbered as (

    select
        *,
        sum(starts_spell::int) over (
            partition by child_key
            order by referral_date asc, end_date desc, local_authority_code asc, la_child_key asc
            rows unbounded preceding
        ) as spell_number
    from marked

),

merged as (

    select
        child_key,
        spell_number,
        min(referral_date) as start_date,
        nullif(max(end_date), date '9999-12-31') as end_date,
        count(*)::smallint as n_episodes
    from numbered
    group by child_key, spell_number

),

children as (

    select distinct
        child_key,
        child_id
    from {{ ref('int_cin__identifiers') }}

),

spells as (

    select
        children.child_id || '-spell-' || merged.spell_number as spell_id,
        children.child_id,
        merged.start_date,
        merged.end_date,
        merged.end_date - merged.start_date as n_days,
        merged.n_episodes
    from merged
    inner join children on merged.child_key = children.child_key

)

select * from spells
