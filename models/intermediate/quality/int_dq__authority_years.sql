/*
One row per local authority and census year, in force or returned, with the quality rules on a return as a whole.
Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.

An authority too small to show in the extract is not missed: fewer than 20 rows expected, at 6 in 100 children a year (D22).
*/
{{ config(materialized='table') }}
with

authorities as (

    select
        geography_years.census_year,
        geography_years.geography_code as local_authority_code,
        geography_years.n_local_authorities_expected = 1 as is_in_force,
        geography_years.n_local_authorities_returned = 1 as has_returned,
        geography_years.population * 0.06 >= 20 as is_large_enough,
        coalesce(lag(has_returned) over (partition by local_authority_code order by geography_years.census_year), false)
            as returned_the_year_before
    from {{ ref('int_cin__geography_years') }} as geography_years
    where geography_years.geography_level = 'Local authority'

),

rows_given as (

    select
        census_year,
        local_authority_code,
        count(*) as n_rows,
        count_if(rejection_reason is not null) as n_rejected
    from {{ ref('int_cin__records') }}
    group by census_year, local_authority_code

),

first_seen as (

    select
        first_census_year as census_year,
        local_authority_code,
        count(*) as n_cases,
        count_if(referral_date < make_date(first_census_year - 1, 4, 1)) as n_old
    from {{ ref('int_cin__episodes_reconciled') }}
    group by first_census_year, local_authority_code

),

born as (

    select
        census_year,
        local_authority_code,
        count(*) as n_records,
        count_if(coalesce(sex_code, '0') in ('0', 'U')) as n_without_sex
    from {{ ref('int_cin__records') }}
    where is_unborn is not true
    group by census_year, local_authority_code

),

disabled as (

    select
        census_year,
        local_authority_code,
        count_if(disability_bits > 0) as n_disabled,
        bit_count(bit_or(disability_bits)) as n_codes,
        max(bit_count(disability_bits)) as most_codes_of_a_child
    from {{ ref('int_cin__disability_returns') }}
    group by census_year, local_authority_code

),

judged as (

    select
        authorities.census_year,
        authorities.local_authority_code,
        if(authorities.is_in_force and authorities.is_large_enough, not authorities.has_returned, null)
            as authority_did_not_return,
        if(rows_given.n_rows >= 20, rows_given.n_rejected > 0.5 * rows_given.n_rows, null) as most_rows_rejected,
        if(
            authorities.has_returned and authorities.returned_the_year_before and first_seen.n_cases >= 20,
            first_seen.n_old > 0.3 * first_seen.n_cases,
            null
        ) as old_cases_first_seen_now,
        if(authorities.has_returned, not authorities.is_in_force, null) as authority_code_not_in_force,
        if(born.n_records >= 100, born.n_without_sex > 0.02 * born.n_records, null) as dfe_2886q,
        if(disabled.n_disabled >= 200, disabled.n_codes < 8, null) as dfe_2887q,
        if(disabled.n_disabled >= 200, disabled.most_codes_of_a_child < 2, null) as dfe_2888q
    from authorities
    left join rows_given
        on
            authorities.local_authority_code = rows_given.local_authority_code
            and authorities.census_year = rows_given.census_year
    left join first_seen
        on
            authorities.local_authority_code = first_seen.local_authority_code
            and authorities.census_year = first_seen.census_year
    left join born
        on
            authorities.local_authority_code = born.local_authority_code
            and authorities.census_year = born.census_year
    left join disabled
        on
            authorities.local_authority_code = disabled.local_authority_code
            and authorities.census_year = disabled.census_year

)

select * from judged
