/*
One row per la_child_id and disability code that any census year returned for it (R5), collected over all years.

`child_id` is null where the disabilities file names a child that no usable referral of the main file does.
NONE means that the authority recorded no disability; it is kept, as what was returned.
*/
with

records as (

    select * from {{ ref('int_cin__disability_records') }}
    where rejection_reason is null

),

collected as (

    select
        la_child_key,
        disability_code,
        min(local_authority_code || '-' || local_child_id) as la_child_id,
        min(census_year) as first_census_year,
        max(census_year) as last_census_year,
        bit_count(bit_or({{ year_bit('census_year') }}))::smallint as n_returns
    from records
    group by la_child_key, disability_code

),

child_disabilities as (

    select
        collected.la_child_id,
        collected.disability_code,
        identifiers.child_id,
        collected.first_census_year,
        collected.last_census_year,
        collected.n_returns
    from collected
    left join {{ ref('int_cin__identifiers') }} as identifiers on collected.la_child_key = identifiers.la_child_key

)

select * from child_disabilities
