/*
One row per la_child_id: authority code + local child id, the paper's child (R5), with what its records say of the child.

Sex, ethnicity and birth month are the newest given that say something: codes for "not known" give way to older knowledge.
`is_key_shared` would mean that two children share a key; a test keeps it false (D6).
*/
with

records as (

    select * from {{ ref('int_cin__records') }}
    where rejection_reason is null

),

described as (

    select
        la_child_key,
        min(local_authority_code) as local_authority_code,
        min(local_child_id) as local_child_id,
        (min(local_child_id) <> max(local_child_id) or min(local_authority_code) <> max(local_authority_code))
            as is_key_shared,
        min(census_year) as first_census_year,
        max(census_year) as last_census_year,
        min(referral_date) as first_referral_date,
        bit_or({{ year_bit('census_year') }}) as returned_years,
        coalesce(
            arg_max(sex_code, record_priority) filter (where sex_code not in ('0', 'U')),
            max(sex_code)
        ) as sex_code,
        coalesce(
            arg_max(ethnicity_code, record_priority) filter (where ethnicity_code not in ('REFU', 'NOBT')),
            max(ethnicity_code)
        ) as ethnicity_code,
        arg_max(make_date(birth_year, birth_month, 1), record_priority) filter (
            where birth_year is not null and birth_month is not null
        ) as birth_month_start,
        coalesce(
            bool_and(is_unborn is true) filter (where birth_year is not null and birth_month is not null), false
        ) as is_birth_month_expected,
        max(death_date) as death_date,
        bool_or(has_disability) as has_disability,
        min(sex_code) filter (where sex_code in ('1', 'M')) is not null
        and min(sex_code) filter (where sex_code in ('2', 'F')) is not null as has_several_sexes,
        min(ethnicity_code) filter (where ethnicity_code not in ('REFU', 'NOBT'))
        <> max(ethnicity_code) filter (where ethnicity_code not in ('REFU', 'NOBT')) as has_several_ethnicities,
        min(make_date(birth_year, birth_month, 1)) filter (where is_unborn is not true)
        <> max(make_date(birth_year, birth_month, 1)) filter (where is_unborn is not true) as has_several_birth_months
    from records
    group by la_child_key

),

grouped as (

    select
        described.* exclude (local_authority_code, local_child_id),
        described.local_authority_code,
        described.local_child_id,
        described.local_authority_code || '-' || described.local_child_id as la_child_id,
        sexes.sex,
        ethnic_groups.ethnic_group
    from described
    left join {{ ref('sexes') }} as sexes on described.sex_code = sexes.sex_code
    left join {{ ref('ethnic_groups') }} as ethnic_groups on described.ethnicity_code = ethnic_groups.ethnicity_code

)

select * from grouped
