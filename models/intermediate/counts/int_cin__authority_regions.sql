/* One row per local authority code ever in force: its region, from the newest entry in the authority list. */
select
    local_authority_code,
    arg_max(region_code, first_census_year) as region_code
from {{ ref('local_authorities') }}
group by local_authority_code
