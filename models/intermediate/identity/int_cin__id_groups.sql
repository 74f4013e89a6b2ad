/*
One row per la_child_id: the group that a PMR puts it in (R7), or itself where it has none or the link was cut (R8).
The PMR that it keeps (R6) stands beside; the one that links it may be another (D30).
*/
with

la_children as (

    select la_child_key from {{ ref('int_cin__la_children') }}

),

claims as (

    select * from {{ ref('int_cin__pmr_claims') }}
    where is_chosen

),

linking as (

    select
        la_child_key,
        pmr_key
    from {{ ref('int_cin__pmr_claims') }}
    where is_linking

),

links as (

    select
        *,
        bool_or(cut_reason is not null) over (partition by pmr_key) as is_in_conflict
    from {{ ref('int_cin__pmr_links') }}

),

id_groups as (

    select
        la_children.la_child_key,
        claims.pupil_matching_ref,
        claims.pmr_key,
        claims.n_pupil_matching_refs,
        links.cut_reason,
        coalesce(links.is_in_conflict, false) as is_in_conflict,
        if(links.cut_reason is null, coalesce(linking.pmr_key, la_children.la_child_key), la_children.la_child_key)
            as group_key
    from la_children
    left join claims on la_children.la_child_key = claims.la_child_key
    left join linking on la_children.la_child_key = linking.la_child_key
    left join links on la_children.la_child_key = links.la_child_key

)

select * from id_groups
