/*
One row per la_child_id and census year in the disabilities files, with the quality rules on the codes given.
Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.
*/
with

returns as (

    select * from {{ ref('int_cin__disability_returns') }}

),

la_children as (

    select
        la_child_key,
        returned_years
    from {{ ref('int_cin__la_children') }}

),

judged as (

    select
        returns.census_year,
        returns.local_authority_code,
        returns.local_authority_code || '-' || returns.local_child_id as la_child_id,
        returns.n_without_code > 0 as disability_code_missing,
        returns.n_records - returns.n_without_code > returns.n_usable_records as disability_code_not_in_force,
        not coalesce({{ is_returned_in('la_children.returned_years', 'returns.census_year') }}, false) as dfe_8590,
        if(returns.has_none, returns.disability_bits > 0, null) as dfe_8790,
        if(
            returns.n_usable_records > 0,
            returns.n_usable_records > bit_count(returns.disability_bits) + returns.has_none::integer,
            null
        ) as dfe_8794
    from returns
    left join la_children on returns.la_child_key = la_children.la_child_key

)

select * from judged
