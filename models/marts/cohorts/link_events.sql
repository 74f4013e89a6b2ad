/*
One row per link between two la_child_ids that was made or cut (R7, R8): on which rule and evidence, in a sentence.

A reference shared by several ids makes one link for each of them but the best supported: with that one where the link was
made, with the one it conflicts with where it was cut. `child_id` is what the links made add up to.
*/
with

identifiers as (

    select
        la_child_key,
        la_child_id,
        local_authority_code
    from {{ ref('int_cin__identifiers') }}

),

pmr_links as (

    select
        la_child_key,
        other_la_child_key,
        'pmr' as link_kind,
        pupil_matching_ref,
        cut_reason,
        weight,
        probability,
        evidence,
        'The two ids carry the same pupil matching reference. '
        || case
            when cut_reason = 'too_many_ids' then 'More ids carry it than one child plausibly has, so it links none of them.'
            when cut_reason = 'doubts_add_up' then sentences || ' Together that makes it too improbable that they are one child.'
            when cut_reason is not null then sentences || ' That is never taken as one child, whatever else is known.'
            else sentences || ' Together that makes it probable enough that they are one child.'
        end as explanation
    from {{ ref('int_cin__pmr_links') }}
    where other_la_child_key is not null

),

reorganisation_links as (

    select
        successor_la_child_key as la_child_key,
        la_child_key as other_la_child_key,
        'reorganisation' as link_kind,
        null as pupil_matching_ref,
        cut_reason,
        null::double as weight,
        null::double as probability,
        cut_reason as evidence,
        'A reorganised authority and its successor have the same local child id, with the same birth month and sex. '
        || if(
            cut_reason is null,
            'They are taken as one child.',
            'But both have a pupil matching reference, and the two differ: they are taken as two children.'
        ) as explanation
    from {{ ref('int_cin__reorganisation_links') }}

),

links as (

    select * from pmr_links
    union all
    select * from reorganisation_links

),

link_events as (

    select
        identifiers.la_child_id || ':' || others.la_child_id || ':' || links.link_kind as link_id,
        identifiers.la_child_id,
        others.la_child_id as other_la_child_id,
        links.link_kind,
        links.pupil_matching_ref,
        links.cut_reason is null as is_made,
        links.cut_reason,
        if(links.cut_reason is null, 'R7', 'R8') as rule,
        links.weight as link_weight,
        links.probability as link_probability,
        links.evidence,
        links.explanation,
        identifiers.local_authority_code,
        others.local_authority_code as other_local_authority_code
    from links
    inner join identifiers on links.la_child_key = identifiers.la_child_key
    inner join identifiers as others on links.other_la_child_key = others.la_child_key

)

select * from link_events
