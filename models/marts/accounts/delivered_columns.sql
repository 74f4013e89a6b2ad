/*
One row per column of a census file, and harmonised column that it was taken for: none where the crosswalk does not know it (R26).

Written by the first look at the delivery (scripts/delivery). A header that may be a value of a child is not kept.
*/
select
    file_name,
    position,
    header,
    dataset,
    variable,
    precedence,
    n_unusual,
    order_of_dates
from {{ source('landing', 'delivered_columns') }}
order by file_name, position, variable
