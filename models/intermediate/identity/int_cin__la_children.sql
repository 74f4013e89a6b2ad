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

known as (

    select
        *,
        if(sex_code not in ('0', 'U'), sex_code, null) as known_sex_code,
        if(ethnicity_code not in ('REFU', 'NOBT'), ethnicity_code, null) as known_ethnicity_code,
        make_date(birth_year, birth_month, 1) as birth_month_start,
        if(is_unborn is not true, birth_month_start, null) as actual_birth_month_start
    from records

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
        coalesce(arg_max(known_sex_code, record_priority), max(sex_code)) as sex_code,
        coalesce(arg_max(known_ethnicity_code, record_priority), max(ethnicity_code)) as ethnicity_code,
        arg_max(birth_month_start, record_priority) as birth_month_start,
        max(birth_month_start) is not null and max(actual_birth_month_start) is null as is_birth_month_expected,
        max(death_date) as death_date,
        bool_or(has_disability) as has_disability,
        coalesce(bool_or(sex_code in ('1', 'M')) and bool_or(sex_code in ('2', 'F')), false) as has_several_sexes,
        min(known_ethnicity_code) <> max(known_ethnicity_code) as has_several_ethnicities,
        min(actual_birth_month_start) <> max(actual_birth_month_start) as has_several_birth_months
    from known
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
