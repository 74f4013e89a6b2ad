/*
One row per la_child_id of which the truth is known: its true child, and the ids that the pipeline gave it.

`attainable_key` stands for those ids of a true child that recorded identifiers can join at all: they share a pupil matching
reference in some record, or a local child id across a reorganisation. No rule can do better without guessing; adopted
children, and children who move without a reference, fall apart.
*/
{{ config(database="cin_work") }}
with

true_ids as (

    select
        hash(local_authority_code, local_child_id) as la_child_key,
        child_id as true_child_id
    from {{ source('truth', 'la_child_ids') }}

),

true_children as (

    select * from {{ source('truth', 'children') }}

),

ids as (

    select
        la_children.la_child_key,
        la_children.local_authority_code,
        la_children.local_child_id,
        la_children.first_census_year,
        la_children.first_referral_date,
        true_ids.true_child_id,
        count(*) over (partition by true_ids.true_child_id) as n_ids_of_true_child
    from {{ ref('int_cin__la_children') }} as la_children
    inner join true_ids on la_children.la_child_key = true_ids.la_child_key

),

several as (

    select * from ids
    where n_ids_of_true_child > 1

),

-- joined first, and on the child: by authority alone the join may be taken for a small one, and never end
same_numbers as materialized (

    select
        one.la_child_key as a,
        other.la_child_key as b,
        one.local_authority_code,
        other.local_authority_code as other_local_authority_code
    from several as one
    inner join several as other
        on one.true_child_id = other.true_child_id and one.local_child_id = other.local_child_id

),

links as (

    select
        several.la_child_key as a,
        hash(several.true_child_id, claims.pupil_matching_ref) as b
    from several
    inner join {{ ref('int_cin__pmr_claims') }} as claims on several.la_child_key = claims.la_child_key

    union all

    select
        numbers.a,
        numbers.b
    from same_numbers as numbers
    inner join {{ ref('local_authority_changes') }} as changes
        on numbers.local_authority_code = changes.predecessor_code and numbers.other_local_authority_code = changes.successor_code

),

{{ connected_components('links') }},

described as (

    select
        ids.la_child_key,
        ids.true_child_id,
        coalesce(components.component, ids.la_child_key) as attainable_key,
        identifiers.pmr_first_key,
        identifiers.child_key,
        ids.local_authority_code,
        ids.first_census_year,
        true_children.sex,
        coalesce(ethnic_groups.ethnic_group, 'Unknown') as ethnic_group,
        case
            when true_children.birth_date > ids.first_referral_date then 'before birth'
            when true_children.birth_date > ids.first_referral_date - interval 5 years then '0 to 4'
            when true_children.birth_date > ids.first_referral_date - interval 10 years then '5 to 9'
            when true_children.birth_date > ids.first_referral_date - interval 16 years then '10 to 15'
            else '16 and over'
        end as age_group
    from ids
    inner join {{ ref('int_cin__identifiers') }} as identifiers on ids.la_child_key = identifiers.la_child_key
    inner join true_children on ids.true_child_id = true_children.child_id
    left join {{ ref('ethnic_groups') }} as ethnic_groups on true_children.ethnicity_code = ethnic_groups.ethnicity_code
    left join components on ids.la_child_key = components.node

)

select * from described
