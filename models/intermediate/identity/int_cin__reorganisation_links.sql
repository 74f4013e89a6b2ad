/*
One row per pair of la_child_ids that a local authority reorganisation may have split: predecessor and successor,
the same local child id, birth month and sex (R7). `cut_reason` is null where the link stands:
a pair whose PMRs are both known and differ is not linked.
*/
with

la_children as (

    select
        la_children.*,
        claims.pmr_key
    from {{ ref('int_cin__la_children') }} as la_children
    left join {{ ref('int_cin__pmr_claims') }} as claims
        on la_children.la_child_key = claims.la_child_key and claims.is_chosen

),

changes as (

    select * from {{ ref('local_authority_changes') }}

),

paired as (

    select
        predecessors.la_child_key,
        successors.la_child_key as successor_la_child_key,
        case when predecessors.pmr_key <> successors.pmr_key then 'reorganisation_pmr_differs' end as cut_reason
    from changes
    inner join la_children as predecessors on changes.predecessor_code = predecessors.local_authority_code
    inner join la_children as successors
        on
            changes.successor_code = successors.local_authority_code
            and predecessors.local_child_id = successors.local_child_id
            and predecessors.birth_month_start = successors.birth_month_start
            and predecessors.sex = successors.sex
    where predecessors.first_census_year < changes.first_census_year

)

select * from paired
