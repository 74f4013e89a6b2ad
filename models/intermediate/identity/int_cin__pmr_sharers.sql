/*
One row per la_child_id whose pupil matching reference (PMR) another la_child_id carries too: what its records say of it,
to be held against the others. Only such ids can be linked by a PMR (R7), or wrongly linked (R8).

The PMR in question is `is_linking` of the claims. Facts are lists of all that the records give, "not known" left out,
so that one wrong record does not make two ids disagree.
*/
with

linking as (

    select
        la_child_key,
        pmr_key,
        pupil_matching_ref,
        n_census_years,
        count(*) over (partition by pmr_key) as n_la_child_ids
    from {{ ref('int_cin__pmr_claims') }}
    where is_linking
    qualify count(*) over (partition by pmr_key) > 1

),

records as (

    select
        records.la_child_key,
        if(records.is_unborn, null, make_date(records.birth_year, records.birth_month, 1)) as birth_month_start,
        nullif(sexes.sex, 'unknown') as sex,
        nullif(ethnic_groups.ethnic_group, 'Unknown') as ethnic_group
    from {{ ref('int_cin__records') }} as records
    left join {{ ref('sexes') }} as sexes on records.sex_code = sexes.sex_code
    left join {{ ref('ethnic_groups') }} as ethnic_groups on records.ethnicity_code = ethnic_groups.ethnicity_code
    where records.rejection_reason is null and records.la_child_key in (select la_child_key from linking)

),

facts as (

    select
        la_child_key,
        list_sort(list(distinct birth_month_start) filter (where birth_month_start is not null)) as birth_months,
        list_sort(list(distinct sex) filter (where sex is not null)) as sexes,
        list_sort(list(distinct ethnic_group) filter (where ethnic_group is not null)) as ethnic_groups
    from records
    group by la_child_key

),

active as (

    select
        la_child_key,
        min(referral_date) as first_day,
        max(closure_date_earliest) as last_day
    from {{ ref('int_cin__episodes_closed') }}
    group by la_child_key

),

sharers as (

    select
        linking.*,
        la_children.la_child_id,
        la_children.local_authority_code,
        authority_regions.region_code,
        facts.birth_months,
        facts.sexes,
        facts.ethnic_groups,
        active.first_day,
        active.last_day
    from linking
    inner join {{ ref('int_cin__la_children') }} as la_children on linking.la_child_key = la_children.la_child_key
    left join {{ ref('int_cin__authority_regions') }} as authority_regions
        on la_children.local_authority_code = authority_regions.local_authority_code
    inner join facts on linking.la_child_key = facts.la_child_key
    inner join active on linking.la_child_key = active.la_child_key

)

select * from sharers
