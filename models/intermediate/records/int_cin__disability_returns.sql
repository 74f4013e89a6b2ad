/*
One row per la_child_id and census year in the disabilities files: what that one year's file says of the child.

`disability_bits` has one bit for each code given, NONE left out.
*/
with

records as (

    select * from {{ ref('int_cin__disability_records') }}
    where rejection_reason is null or rejection_reason in ('no_disability_code', 'disability_code_not_usable')

),

returned as (

    select
        census_year,
        la_child_key,
        min(local_authority_code) as local_authority_code,
        min(local_child_id) as local_child_id,
        count(*) as n_records,
        count(disability_code) as n_usable_records,
        count(*) filter (where rejection_reason = 'no_disability_code') as n_without_code,
        coalesce(bool_or(disability_code = 'NONE'), false) as has_none,
        coalesce(bit_or(disability_bit) filter (where disability_code <> 'NONE'), 0) as disability_bits
    from records
    group by census_year, la_child_key

)

select * from returned
