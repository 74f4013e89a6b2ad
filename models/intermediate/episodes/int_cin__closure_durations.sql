/*
One row per kind of case and number of days from referral to closure, from 0 to the longest recorded: how many recorded
closures took no longer, and their days together (D28).

Two rows of a kind give the mean of every closure between them. Closures recorded before their referral, and cases that
went no further than the referral, say nothing of how long a case lasts.
*/
with

durations as (

    select
        case_kind,
        closure_date - referral_date as n_days,
        count(*) as n_closures
    from {{ ref('int_cin__episodes_closed') }}
    where closure_basis = 'recorded' and not is_closure_before_referral and not is_no_further_action
    group by case_kind, n_days

),

days as (

    select
        case_kind,
        unnest(range(max(n_days) + 1)) as n_days
    from durations
    group by case_kind

),

cumulated as (

    select
        days.case_kind,
        days.n_days,
        sum(coalesce(durations.n_closures, 0)) over up_to_here as n_closures,
        sum(coalesce(durations.n_closures, 0) * days.n_days) over up_to_here as n_days_together,
        max(days.n_days) over (partition by days.case_kind) as longest_n_days
    from days
    left join durations on days.case_kind = durations.case_kind and days.n_days = durations.n_days
    window up_to_here as (partition by days.case_kind order by days.n_days)

)

select * from cumulated
