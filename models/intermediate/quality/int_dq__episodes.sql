/*
One row per reconciled episode, under the last census year that returned it, with the quality rules that need all its
years. Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.
*/
with

reconciled as (

    select * from {{ ref('int_cin__episodes_reconciled') }}

),

judged as (

    select
        last_census_year as census_year,
        local_authority_code,
        la_child_key,
        referral_date,
        if(n_returns > 1, coalesce(has_changed_no_further_action, false), null)
            as no_further_action_changed,
        if(n_returns > 1, has_changed_closure_date, null) as closure_date_changed,
        if(
            n_returns > 1,
            recorded_closure_date <= make_date(last_census_year - 1, 3, 31),
            null
        ) as closed_case_returned_again
    from reconciled

)

select * from judged
