/*
One row per la_child_id and pupil matching reference (PMR) that any of its records gives; `is_chosen` marks the one it keeps.

R6: the PMR fills all records of one la_child_id. Of several, the one seen in most census years is kept,
ties to the latest year, then to the smaller value. The alternates stay here, and show in `link_conflicts`.
`is_linking` marks the one that may link the id to others (R7): a reference that another id carries too goes before one that
nobody else does, since a wrong reference hardly ever hits upon one in use (D30).
*/
with

records as (

    select * from {{ ref('int_cin__records') }}
    where rejection_reason is null and pupil_matching_ref is not null

),

claimed as (

    select
        la_child_key,
        pupil_matching_ref,
        hash(pupil_matching_ref) as pmr_key,
        bit_count(bit_or({{ year_bit('census_year') }})) as n_census_years,
        max(census_year) as last_census_year
    from records
    group by la_child_key, pupil_matching_ref

),

ranked as (

    select
        *,
        count(*) over (partition by la_child_key) as n_pupil_matching_refs,
        count(*) over (partition by pmr_key) as n_la_child_ids,
        row_number() over (
            partition by la_child_key
            order by n_census_years desc, last_census_year desc, pupil_matching_ref asc
        ) = 1 as is_chosen
    from claimed

),

linking as (

    select
        *,
        row_number() over (
            partition by la_child_key
            order by n_la_child_ids > 1 desc, n_census_years desc, last_census_year desc, pupil_matching_ref asc
        ) = 1 as is_linking
    from ranked

)

select * from linking
