/*
One row per census year and local authority: what became of every row read (R1).

Rows read = reconciled into an episode + exact duplicates + rejected; a test holds it to that. The three are counted at
their ends: duplicates and reconciled where episodes are made, rejected in `rejected_records`.
Rows that name no authority, and lines that cannot be read, stand under a null authority.
*/
with

read as (

    select
        census_year,
        local_authority_code,
        count(*) as n_rows_read
    from {{ ref('int_cin__records') }}
    group by census_year, local_authority_code

    union all

    select
        census_year,
        null as local_authority_code,
        count(*) as n_rows_read
    from {{ ref('int_cin__unreadable_lines') }}
    where dataset = 'cin'
    group by census_year

),

rejected as (

    select
        census_year,
        local_authority_code,
        count(*) as n_rejected
    from {{ ref('rejected_records') }}
    group by census_year, local_authority_code

),

reconciled as (

    select
        returns.census_year,
        returns.local_authority_code,
        sum(returns.n_records - returns.n_distinct_records) as n_exact_duplicates,
        sum(returns.n_distinct_records) as n_reconciled
    from {{ ref('int_cin__episode_returns') }} as returns
    inner join {{ ref('int_cin__episodes_in_sequence') }} as episodes
        on returns.la_child_key = episodes.la_child_key and returns.referral_date = episodes.referral_date
    group by returns.census_year, returns.local_authority_code

),

accounted as (

    select * from read
    union all by name
    select * from rejected
    union all by name
    select * from reconciled

),

summed as (

    select
        census_year,
        local_authority_code,
        coalesce(sum(n_rows_read), 0)::bigint as n_rows_read,
        coalesce(sum(n_exact_duplicates), 0)::bigint as n_exact_duplicates,
        coalesce(sum(n_rejected), 0)::bigint as n_rejected,
        coalesce(sum(n_reconciled), 0)::bigint as n_reconciled
    from accounted
    group by census_year, local_authority_code

)

select * from summed
order by census_year, local_authority_code
