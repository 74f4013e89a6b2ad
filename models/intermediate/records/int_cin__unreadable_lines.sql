/* One row per line of a main file that could not be split into columns (R1). Kept aside while int_cin__records was built. */
-- depends_on: {{ ref('int_cin__records') }}
select
    census_year,
    line_number::bigint as line_number,
    'unreadable_line_' || reason as reason
from {{ source('landing', 'unreadable_cin') }}
