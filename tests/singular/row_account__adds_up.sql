/*
In every census year and authority, rows read = exact duplicates + rejected + reconciled (R1).

Why: nothing is lost. The three are counted at their ends, far from where the rows are read.
*/
select count(*) as n_authority_years
from {{ ref('row_account') }}
where n_rows_read <> n_exact_duplicates + n_rejected + n_reconciled
having count(*) > 0
