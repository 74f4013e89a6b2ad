/*
One row per la_child_id, under the last census year that returned it, with the quality rules on its identity.
Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.
*/
with

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

pmr_links as (

    select
        links.*,
        count(*) over (partition by links.pmr_key, la_children.local_authority_code) > 1 as is_shared_in_authority,
        bool_or(links.cut_reason is not null) over (partition by links.pmr_key) as is_any_link_cut
    from {{ ref('int_cin__pmr_links') }} as links
    inner join la_children on links.la_child_key = la_children.la_child_key

),

judged as (

    select
        la_children.last_census_year as census_year,
        la_children.local_authority_code,
        la_children.la_child_key,
        identifiers.pupil_matching_ref is null as child_without_pupil_matching_ref,
        if(identifiers.pupil_matching_ref is not null, identifiers.n_pupil_matching_refs > 1, null)
            as several_pupil_matching_refs,
        if(
            identifiers.pupil_matching_ref is not null,
            coalesce(pmr_links.is_shared_in_authority, false),
            null
        ) as pupil_matching_ref_shared_in_authority,
        pmr_links.is_any_link_cut as pupil_matching_ref_link_cut,
        la_children.has_several_birth_months as several_birth_months,
        if(la_children.sex <> 'unknown', la_children.has_several_sexes, null) as several_sexes,
        la_children.has_several_ethnicities as several_ethnicities
    from la_children
    inner join identifiers on la_children.la_child_key = identifiers.la_child_key
    left join pmr_links on la_children.la_child_key = pmr_links.la_child_key

)

select * from judged
