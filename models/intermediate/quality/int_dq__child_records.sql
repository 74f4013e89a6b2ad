/*
One row per row read from the main files, with the quality rules on the child: its ids, birth, death, sex, ethnicity
and disability. Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.

Births are known by month: a rule is broken only if every day of the month breaks it (D21).
*/
with

records as (

    select
        *,
        make_date(birth_year, birth_month, 1) as birth_month_start,
        coalesce(is_unborn, false) as is_not_yet_born
    from {{ ref('int_cin__records') }}

),

years as (

    select * from {{ ref('census_years') }}

),

disabilities as (

    select * from {{ ref('int_cin__disability_returns') }}

),

judged as (

    select
        records.census_year,
        records.local_authority_code,
        records.local_authority_code || '-' || records.local_child_id as la_child_id,
        records.referral_date,
        -- identifiers
        records.local_child_id is null as dfe_8500,
        records.local_authority_code is null as authority_code_missing,
        coalesce(records.rejection_reason = 'another_census_year', false) as another_census_year,
        if(
            years.census_day >= records.birth_month_start + interval 7 years,
            records.pupil_matching_ref is null,
            null
        ) as pupil_matching_ref_missing_at_school_age,
        -- a pseudonym (D41) does not show how long the id was
        if(
            records.census_year >= 2025 and not regexp_full_match(records.local_child_id, '[0-9a-f]{64}'),
            length(records.local_child_id) > 20, null
        ) as dfe_1570,
        if(
            records.census_year >= 2025 and not regexp_full_match(records.local_child_id, '[0-9a-f]{64}'),
            not regexp_full_match(records.local_child_id, '[A-Za-z0-9]*'), null
        ) as dfe_1580,
        -- birth and death
        if(records.is_not_yet_born, null, records.birth_month_start is null) as birth_month_missing,
        if(records.is_not_yet_born, null, records.birth_month_start > years.census_day) as dfe_8520,
        if(
            records.is_not_yet_born and records.closure_date is null and records.closure_reason_code is null
            and records.is_no_further_action is not true,
            records.birth_month_start > years.census_day + interval 9 months
            or last_day(records.birth_month_start) < years.census_day - 30,
            null
        ) as dfe_8530q,
        records.death_date < records.birth_month_start as dfe_8535q,
        records.death_date not between years.first_day and years.census_day as dfe_8545q,
        records.referral_date < records.birth_month_start - 280 as dfe_8606,
        records.referral_date >= records.birth_month_start + interval 301 months as age_25_or_over_at_referral,
        -- sex and ethnicity
        records.sex_code is null as dfe_4180,
        if(records.is_not_yet_born, records.sex_code not in ('0', 'U'), null) as dfe_8750,
        if(records.is_not_yet_born, null, records.sex_code in ('0', 'U')) as sex_not_stated,
        records.ethnicity_code is null as dfe_4220,
        if(records.is_not_yet_born, null, records.ethnicity_code in ('REFU', 'NOBT')) as ethnicity_not_stated,
        -- disability
        if(
            la_child_id is null or records.birth_month_start is null
            or records.is_not_yet_born or records.is_no_further_action is not false,
            null,
            coalesce(disabilities.n_records > disabilities.n_usable_records, true)
        ) as dfe_8540,
        if(
            records.is_not_yet_born,
            null,
            records.has_disability <> (disabilities.disability_bits > 0)
        ) as disability_flag_contradicted
    from records
    inner join years on records.census_year = years.census_year
    left join disabilities
        on records.la_child_key = disabilities.la_child_key and records.census_year = disabilities.census_year

)

select * from judged
