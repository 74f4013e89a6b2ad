/*
One row per row that was read but belongs to no episode, with its reason (R1, R13). No values of the child beyond its keys.

A referral with no usable date falls back to nothing: it is rejected (R13). Lines that could not be split into columns
have a line number and nothing else.
*/
with

rejected as (

    select
        census_year,
        local_authority_code,
        local_child_id,
        null::bigint as line_number,
        rejection_reason as reason
    from {{ ref('int_cin__records') }}
    where rejection_reason is not null

    union all

    select
        census_year,
        null as local_authority_code,
        null as local_child_id,
        line_number,
        reason
    from {{ ref('int_cin__unreadable_lines') }}
    where dataset = 'cin'

)

select * from rejected
