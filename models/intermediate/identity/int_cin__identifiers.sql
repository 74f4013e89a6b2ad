/*
One row per la_child_id, with the three ids that stand side by side (R9) and their keys for joining.

`la_child_id` is the paper's child (R5). `pmr_first_id` is the PMR if there is one, else la_child_id; no guard touches it.
`child_id` follows the child across authorities (R7), but never across an adoption, which gives new identifiers on purpose.
It is the la_child_id first seen among those linked (earliest census year, then the smaller text): stable as years are added (D7).
*/
with

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

id_groups as (

    select * from {{ ref('int_cin__id_groups') }}

),

components as (

    select * from {{ ref('int_cin__id_components') }}

),

reorganisation_conflicts as (

    select unnest([la_child_key, successor_la_child_key]) as la_child_key
    from {{ ref('int_cin__reorganisation_links') }}
    where cut_reason is not null

),

conflicting as (

    select distinct la_child_key from reorganisation_conflicts

),

keyed as (

    select
        la_children.la_child_key,
        la_children.la_child_id,
        la_children.local_authority_code,
        la_children.first_census_year,
        la_children.last_census_year,
        id_groups.pupil_matching_ref,
        id_groups.pmr_key,
        coalesce(id_groups.pmr_key, la_children.la_child_key) as pmr_first_key,
        coalesce(id_groups.pupil_matching_ref, la_children.la_child_id) as pmr_first_id,
        coalesce(components.component_key, id_groups.group_key) as child_key,
        coalesce(id_groups.n_pupil_matching_refs, 0) as n_pupil_matching_refs,
        coalesce(id_groups.n_pupil_matching_refs > 1, false)
        or id_groups.is_in_conflict
        or conflicting.la_child_key is not null as has_link_conflict
    from la_children
    inner join id_groups on la_children.la_child_key = id_groups.la_child_key
    left join components on id_groups.group_key = components.group_key
    left join conflicting on la_children.la_child_key = conflicting.la_child_key

),

named as (

    select
        *,
        first(la_child_id) over (partition by child_key order by first_census_year, la_child_id) as child_id,
        count(*) over (partition by pmr_first_key) as n_la_child_ids_of_pmr_first_id,
        count(*) over (partition by child_key) as n_la_child_ids_of_child_id
    from keyed

)

select * from named
