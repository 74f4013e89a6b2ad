/*
One row per variable of the main file and census year: rows and authorities, and how many of them lack the variable,
give it in a form that cannot be read, or have changed. What `dq_field_checks` judges.

Authorities count from 100 rows on.
*/
{{ config(materialized='table') }}
with

missingness as (

    select
        *,
        n_missing / n_expected as share_missing
    from {{ ref('missingness') }}

),

compared as (

    select
        *,
        n_expected >= 100 and local_authority_code is not null as is_counted_authority,
        abs(share_missing - max(share_missing) over (
            partition by variable, local_authority_code order by census_year
            range between 1 preceding and 1 preceding
        )) as change_of_share
    from missingness

),

counted as (

    select
        variable,
        census_year,
        sum(n_expected)::bigint as n_rows,
        sum(n_missing)::bigint as n_missing,
        sum(n_expected - n_missing)::bigint as n_given,
        sum(n_invalid)::bigint as n_invalid,
        count_if(is_counted_authority) as n_authorities,
        count_if(is_counted_authority and n_missing = n_expected) as n_authorities_without,
        count_if(is_counted_authority and change_of_share is not null) as n_authorities_compared,
        count(*) filter (where is_counted_authority and change_of_share > 0.25) as n_authorities_changed
    from compared
    group by variable, census_year

)

select * from counted
