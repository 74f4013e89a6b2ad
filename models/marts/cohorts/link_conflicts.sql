/*
One row per link that was cut or is in doubt (R6, R8): an la_child_id, a PMR, and why, in plain English.

several_pmrs: an alternate PMR of an id that keeps another. birth_month_differs, sex_differs, ethnic_group_differs: a link
that was made although the ids disagree on this one fact. The other kinds are links that were cut.
*/
with

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

claims as (

    select * from {{ ref('int_cin__pmr_claims') }}

),

pmr_links as (

    select * from {{ ref('int_cin__pmr_links') }}

),

doubts as (

    select
        la_child_key,
        pupil_matching_ref,
        unnest(string_split(regexp_replace(evidence, '_(year_agrees|month_agrees|differs_beside_a_twin)', '_differs', 'g'), ', '))
            as evidence
    from pmr_links
    where cut_reason is null

),

conflicts as (

    select
        la_child_key,
        pupil_matching_ref,
        'several_pmrs' as conflict_kind
    from claims
    where not is_chosen

    union all

    select
        la_child_key,
        pupil_matching_ref,
        evidence
    from doubts
    where evidence in ('birth_month_differs', 'sex_differs', 'ethnic_group_differs')

    union all

    select
        la_child_key,
        pupil_matching_ref,
        cut_reason
    from pmr_links
    where cut_reason is not null

    union all

    select distinct
        reorganisation_links.successor_la_child_key,
        claims.pupil_matching_ref,
        reorganisation_links.cut_reason
    from {{ ref('int_cin__reorganisation_links') }} as reorganisation_links
    inner join claims
        on reorganisation_links.successor_la_child_key = claims.la_child_key and claims.is_chosen
    where reorganisation_links.cut_reason is not null

),

explained as (

    select
        identifiers.la_child_id || ':' || conflicts.pupil_matching_ref || ':' || conflicts.conflict_kind as conflict_id,
        identifiers.la_child_id,
        conflicts.pupil_matching_ref,
        conflicts.conflict_kind,
        conflicts.conflict_kind not in ('several_pmrs', 'birth_month_differs', 'sex_differs', 'ethnic_group_differs')
            as is_cut,
        identifiers.local_authority_code,
        identifiers.last_census_year as census_year,
        case conflicts.conflict_kind
            when 'several_pmrs'
                then 'The child''s records give several PMRs; another one is seen in more census years, or more lately.'
            when 'birth_month_differs'
                then 'Linked by this PMR, although the ids have no month of birth in common.'
            when 'sex_differs'
                then 'Linked by this PMR, although the ids have no sex in common.'
            when 'ethnic_group_differs'
                then 'Linked by this PMR, although the ids have no ethnic group in common.'
            when 'demographics_disagree'
                then 'The ids that share this PMR disagree on at least two of birth month, sex and ethnic group.'
            when 'too_many_ids'
                then 'More ids share this PMR than one child plausibly has.'
            when 'open_at_same_time'
                then 'Two ids that share this PMR were referred or open at the same time in the same authority.'
            when 'doubts_add_up'
                then 'What is known of the ids that share this PMR makes it too improbable that they are one child.'
            when 'reorganisation_pmr_differs'
                then 'The reorganised authority has the same local id with another PMR.'
        end as reason
    from conflicts
    inner join identifiers on conflicts.la_child_key = identifiers.la_child_key

)

select * from explained
