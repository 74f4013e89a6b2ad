/*
One row per la_child_id: the paper's child, beside the other two ids (R9), so that their effect can be bracketed.

R5 makes la_child_id, R6 chooses and fills the PMR, R7 follows the child across authorities, R8 guards against false links.
*/
with

identifiers as (

    select
        la_child_id,
        pupil_matching_ref,
        pmr_first_id,
        child_id,
        local_authority_code,
        n_pupil_matching_refs,
        has_link_conflict
    from {{ ref('int_cin__identifiers') }}

)

select * from identifiers
