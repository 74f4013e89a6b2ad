/*
One row per census year and local authority: of the children it returned that year, how many have a PMR, share it with
another id, have several, or contradict themselves or an id they share a PMR with (R6, R8). The first table of its kind
for this census: shares of such conflicts have not been published.

An id counts in every year it was returned, with all that the whole extract knows of it.
*/
with

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

pmr_claims as (

    select
        la_child_key,
        count(*) as n_pupil_matching_refs,
        bool_or(is_linking and n_la_child_ids > 1) as is_pmr_shared
    from {{ ref('int_cin__pmr_claims') }}
    group by la_child_key

),

pairs as (

    select
        unnest([la_child_key, other_la_child_key]) as la_child_key,
        birth_month <> 'agrees' as birth_month_differs,
        sex <> 'agrees' as sex_differs,
        ethnic_group <> 'agrees' as ethnic_group_differs
    from {{ ref('int_cin__pmr_pairs') }}

),

disagreements as (

    select
        la_child_key,
        coalesce(bool_or(birth_month_differs), false) as has_other_birth_month,
        coalesce(bool_or(sex_differs), false) as has_other_sex,
        coalesce(bool_or(ethnic_group_differs), false) as has_other_ethnic_group
    from pairs
    group by la_child_key

),

pmr_links as (

    select * from {{ ref('int_cin__pmr_links') }}

),

returned as (

    select
        delivered_years.census_year,
        la_children.*
    from la_children
    inner join {{ source('landing', 'delivered_years') }} as delivered_years
        on {{ is_returned_in('la_children.returned_years', 'delivered_years.census_year') }}

),

counted as (

    select
        returned.census_year,
        returned.local_authority_code,
        count(*) as n_la_child_ids,
        count(pmr_claims.la_child_key) as n_with_pmr,
        count(*) filter (where pmr_claims.n_pupil_matching_refs > 1) as n_with_several_pmrs,
        count(*) filter (where coalesce(pmr_claims.is_pmr_shared, false)) as n_sharing_a_pmr,
        count(*) filter (where coalesce(disagreements.has_other_birth_month, false)) as n_sharing_with_other_birth_month,
        count(*) filter (where coalesce(disagreements.has_other_sex, false)) as n_sharing_with_other_sex,
        count(*) filter (where coalesce(disagreements.has_other_ethnic_group, false)) as n_sharing_with_other_ethnic_group,
        count(pmr_links.cut_reason) as n_cut,
        count(*) filter (where coalesce(returned.has_several_birth_months, false)) as n_with_several_birth_months,
        count(*) filter (where returned.has_several_sexes) as n_with_several_sexes,
        count(*) filter (where coalesce(returned.has_several_ethnicities, false)) as n_with_several_ethnicities
    from returned
    left join pmr_claims on returned.la_child_key = pmr_claims.la_child_key
    left join disagreements on returned.la_child_key = disagreements.la_child_key
    left join pmr_links on returned.la_child_key = pmr_links.la_child_key
    group by returned.census_year, returned.local_authority_code

)

select * from counted
order by census_year, local_authority_code
