/*
One row per episode and census year in which it was returned: what that one year's return said of it.

R10: an episode is la_child_id + referral date. An episode returned three years running has three rows.
`is_described_in_two_ways` if its rows of that year differ in closure, need, source or no further action.
R14: `is_closed` if that year's return gives a closure date, a reason for closure or no further action.
*/
with

records as (

    select
        *,
        hash(closure_date, closure_reason_code, is_no_further_action, primary_need_code, referral_source_code) as referral_hash
    from {{ ref('int_cin__records') }}
    where rejection_reason is null

),

returned as (

    select
        la_child_key,
        referral_date,
        census_year,
        min(local_authority_code) as local_authority_code,
        count(*) as n_records,
        list_unique(list(row_hash))::bigint as n_distinct_records,
        max(closure_date) as closure_date,
        bool_or(closure_date is not null) as has_closure_date,
        coalesce(bool_or(is_no_further_action), false) as is_no_further_action,
        bool_or(closure_date is not null or closure_reason_code is not null or coalesce(is_no_further_action, false))
            as is_closed,
        min(referral_hash) <> max(referral_hash) as is_described_in_two_ways
    from records
    group by la_child_key, referral_date, census_year

)

select * from returned
