/*
One row per census year and local authority: what became of every row read from the disabilities files (R1).

Rows read = reconciled into `child_disabilities` + exact duplicates + rejected; a test holds it to that.
Rows that name no authority, and lines that cannot be read, stand under a null authority.
*/
with

records as (

    select
        census_year,
        local_authority_code,
        rejection_reason,
        row_hash,
        row_number() over (partition by census_year, row_hash order by rejection_reason) > 1 as is_repeated
    from {{ ref('int_cin__disability_records') }}

),

unreadable as (

    select * from {{ ref('int_cin__unreadable_lines') }}
    where dataset = 'cin_disabilities'

),

fates as (

    select
        census_year,
        local_authority_code,
        rejection_reason is not null as is_rejected,
        rejection_reason is null and is_repeated as is_exact_duplicate
    from records

    union all

    select
        census_year,
        null as local_authority_code,
        true as is_rejected,
        false as is_exact_duplicate
    from unreadable

),

summed as (

    select
        census_year,
        local_authority_code,
        count(*) as n_rows_read,
        count(*) filter (where is_exact_duplicate) as n_exact_duplicates,
        count(*) filter (where is_rejected) as n_rejected,
        count(*) filter (where not is_rejected and not is_exact_duplicate) as n_reconciled
    from fates
    group by census_year, local_authority_code

)

select * from summed
order by census_year, local_authority_code
