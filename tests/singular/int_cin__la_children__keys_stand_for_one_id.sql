/*
No two ids share a key: the keys to join on are hashes of the ids, and a collision would make one child of two.

Why: with millions of ids it is next to impossible, and would be invisible if it happened.
*/
with

la_children as (

    select count_if(is_key_shared) as n_shared_la_child_keys from {{ ref('int_cin__la_children') }}

),

claims as (

    select count(distinct pupil_matching_ref) - count(distinct pmr_key) as n_shared_pmr_keys
    from {{ ref('int_cin__pmr_claims') }}

)

select *
from la_children
cross join claims
where n_shared_la_child_keys <> 0 or n_shared_pmr_keys <> 0
