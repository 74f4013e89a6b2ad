/*
One row per row read from the main files, every census year, as all rules read it.

R1: rows that cannot be told to a child and a referral keep their reason in `rejection_reason`; nothing is dropped here.
R4: dates before 1930-01-01 or after the last census day of the extract are null and invalid. That day moves when a year is
added, so this is a view over the rows as read (D48).
R11: `record_priority` orders the records of one episode: newest census year, then latest closure date,
then a hash of the values, so that ties never fall by row order (D8).
*/
{{ config(materialized='view') }}
with

extract_bounds as (

    select make_date(max(census_year), 3, 31) as last_census_day
    from {{ source('landing', 'delivered_years') }}

),

rows_read as (

    select
        rows_read.*,
        extract_bounds.last_census_day
    from {{ ref('int_cin__rows_read') }} as rows_read
    cross join extract_bounds

),

bounded as (

    select
        * replace (
            {%- for date in date_columns() %}
            if({{ date }} between date '1930-01-01' and last_census_day, {{ date }}, null) as {{ date }},
            {{ date }}_is_invalid or not coalesce({{ date }} between date '1930-01-01' and last_census_day, true)
                as {{ date }}_is_invalid
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
    from rows_read

),

judged as (

    select
        *,
        case
            when not is_of_census_year then 'another_census_year'
            when local_authority_code is null then 'no_local_authority_code'
            when local_child_id is null then 'no_local_child_id'
            when referral_date is null and referral_date_is_invalid then 'referral_date_not_usable'
            when referral_date is null then 'no_referral_date'
        end as rejection_reason,
        (census_year::bigint << 48)
        + (coalesce(closure_date - date '1900-01-01', 0)::bigint << 31)
        + (row_hash >> 33)::bigint as record_priority
    from bounded

)

select * exclude (is_of_census_year, last_census_day) from judged
