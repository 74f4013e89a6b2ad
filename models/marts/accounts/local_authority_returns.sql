/*
One row per local authority and census year of the extract: did the authority return anything, and how much?

Read from the data, never from a list (R16): an authority of which no row can be used has not returned (R26). An authority
appears in every year of the extract, if it returned in any; `is_in_force` says whether its code was in the authority list
that year.
*/
with

returned as (

    select
        local_authority_code,
        census_year,
        count(*) as n_records,
        count_if(rejection_reason is null) > 0 as has_usable_records,
        count(distinct la_child_key) filter (where local_child_id is not null) as n_la_child_ids
    from {{ ref('int_cin__records') }}
    where local_authority_code is not null
    group by local_authority_code, census_year

),

delivered_years as (

    select census_year from {{ source('landing', 'delivered_years') }}

),

local_authorities as (

    select * from {{ ref('local_authorities') }}

),

authority_codes as (

    select distinct local_authority_code from returned

),

authority_years as (

    select
        authority_codes.local_authority_code,
        delivered_years.census_year,
        local_authorities.local_authority_name,
        local_authorities.region_code,
        local_authorities.region_name,
        local_authorities.local_authority_code is not null as is_in_force,
        coalesce(returned.has_usable_records, false) as has_returned,
        min(delivered_years.census_year) filter (where has_returned) over (
            partition by authority_codes.local_authority_code order by delivered_years.census_year
            rows between current row and unbounded following
        ) as next_year_returned,
        coalesce(returned.n_records, 0) as n_records,
        coalesce(returned.n_la_child_ids, 0) as n_la_child_ids
    from authority_codes
    cross join delivered_years
    left join returned
        on
            authority_codes.local_authority_code = returned.local_authority_code
            and delivered_years.census_year = returned.census_year
    left join local_authorities
        on
            authority_codes.local_authority_code = local_authorities.local_authority_code
            and delivered_years.census_year >= local_authorities.first_census_year
            and coalesce(delivered_years.census_year <= local_authorities.last_census_year, true)

)

select * from authority_years
order by local_authority_code, census_year
