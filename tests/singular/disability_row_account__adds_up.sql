/*
Every row read from the disabilities files ends in exactly one place (R1): what `child_disabilities` was made from,
an exact duplicate, or a rejection. Counted apart from the account: the distinct usable rows of each year.
*/
with

account as (

    select
        sum(n_rows_read) as n_rows_read,
        sum(n_exact_duplicates + n_rejected + n_reconciled) as n_accounted,
        sum(n_reconciled) as n_reconciled
    from {{ ref('disability_row_account') }}

),

usable as (

    select count(distinct hash(census_year, row_hash)) as n_usable
    from {{ ref('int_cin__disability_records') }}
    where rejection_reason is null

)

select count(*) as n_broken
from account
cross join usable
where
    account.n_rows_read <> account.n_accounted
    or account.n_reconciled <> usable.n_usable
having count(*) > 0
