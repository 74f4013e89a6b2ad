/*
One row per plan (la_child_id + start date) and census year in which it was returned, with the quality rules that
compare the plans of one child in one return. Each rule is one column: true broken, false kept, null not applicable.

An open plan runs to the census day; ends are exclusive.
*/
with

returns as (

    select
        la_child_key,
        census_year,
        plan_start_date,
        min(local_authority_code) as local_authority_code,
        max(referral_date) as referral_date,
        max(plan_end_date) as plan_end_date,
        bool_or(plan_end_date is not null or plan_end_date_is_invalid) as has_plan_end
    from {{ ref('int_cin__records') }}
    where rejection_reason is null and plan_start_date is not null
    group by la_child_key, census_year, plan_start_date

),

ended as (

    select
        *,
        if(has_plan_end, plan_end_date, make_date(census_year, 3, 31)) as end_in_return
    from returns

),

judged as (

    select
        census_year,
        local_authority_code,
        la_child_key,
        referral_date,
        plan_start_date,
        if(has_plan_end, null, count_if(not has_plan_end) over child > 1) as dfe_8935,
        coalesce(max(end_in_return) over earlier > plan_start_date, false)
        or coalesce(lead(plan_start_date) over earlier < end_in_return, false) as dfe_8940
    from ended
    window
        child as (partition by la_child_key, census_year),
        earlier as (
            partition by la_child_key, census_year order by plan_start_date
            rows between unbounded preceding and 1 preceding
        )

)

select * from judged
