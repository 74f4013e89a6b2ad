/*
One row per file of the extract folder and census year: what it was taken for, how many rows of the year it holds, and
whether they are built (R26). Written by the first look at the delivery (scripts/delivery).
*/
select
    file_name,
    dataset,
    file_format,
    census_year,
    n_rows,
    is_built,
    n_blank_rows,
    n_unreadable_lines,
    notes
from {{ source('landing', 'delivered_files_and_years') }}
order by file_name, census_year
