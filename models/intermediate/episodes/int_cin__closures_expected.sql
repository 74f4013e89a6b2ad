/*
One row per episode whose closure date is estimated: the date to be expected, beside the single date of R15 (D28).

It is the mean of recorded closures of like cases (with a plan; closed after assessment; a child's disability; other)
that lasted at least as long as this case is known to have lasted, and not longer than it can have lasted. A next referral
bounds it from above, unless the case was returned as open since. Where no like case closed in that time, the middle of it.
*/
with

episodes as (

    select
        la_child_key,
        referral_date,
        case_kind,
        closure_date_latest,
        -- returned as open on a 31 March: closed on the day after, or later
        greatest(coalesce(last_day_returned_open + 1, referral_date), referral_date) as day_after_known_open,
        if(
            next_referral_date > day_after_known_open,
            least(closure_date_latest, next_referral_date - 1),
            closure_date_latest
        ) as last_day,
        least(day_after_known_open, last_day) as first_day
    from {{ ref('int_cin__episodes_closed') }}
    where closure_basis in ('next_referral', 'censored', 'last_return')

),

durations as (

    select * from {{ ref('int_cin__closure_durations') }}

),

longest as (

    select distinct
        case_kind,
        longest_n_days
    from durations

),

compared as (

    select
        episodes.*,
        up_to_last_day.n_closures - coalesce(before_first_day.n_closures, 0) as n_like_closures,
        up_to_last_day.n_days_together - coalesce(before_first_day.n_days_together, 0) as n_days_together
    from episodes
    left join longest on episodes.case_kind = longest.case_kind
    left join durations as up_to_last_day
        on
            episodes.case_kind = up_to_last_day.case_kind
            and up_to_last_day.n_days = least(episodes.last_day - episodes.referral_date, longest.longest_n_days)
    left join durations as before_first_day
        on
            episodes.case_kind = before_first_day.case_kind
            and before_first_day.n_days = least(episodes.first_day - episodes.referral_date - 1, longest.longest_n_days)

),

expected as (

    select
        la_child_key,
        referral_date,
        n_like_closures,
        if(
            n_like_closures > 0,
            referral_date + round(n_days_together / n_like_closures)::integer,
            first_day + ((last_day - first_day) // 2)::integer
        ) as closure_date_expected
    from compared

)

select * from expected
