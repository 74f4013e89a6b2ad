/*
One row per episode whose closure date is estimated: the date to be expected, and the interval in which nine in ten lie (D28).

Both come from recorded closures of like cases (with a plan; closed after assessment; a child's disability; other) that lasted
as long as this one may have: the mean of their lengths, and the fourth and ninety-sixth of a hundred, since a few closures lie
outside that time, which lies within the bounds. Where closures are known at once, it begins after the last 31 March
returned as open. Where they become known late, it is the year of the last return: a vanished case too most likely closed by
then (R15). A next referral in that time ends it. Where no like case closed in it, the date is the middle, and the interval all.
*/
with

episodes as (

    select
        closed.la_child_key,
        closed.referral_date,
        closed.case_kind,
        if(
            lateness.n_years_late = 0 or closed.closure_basis = 'censored',
            greatest(closed.last_day_returned_open + 1, closed.referral_date, closed.closure_date_earliest),
            greatest(closed.closure_date_earliest, make_date(year(closed.last_return_day) - 1, 4, 1))
        ) as first_day_open,
        if(lateness.n_years_late > 0 and closed.is_vanished, closed.last_return_day, closed.closure_date_latest)
            as last_day_open,
        if(lateness.n_years_late = 0, first_day_open, closed.closure_date_earliest) as first_day_possible,
        greatest(
            if(
                closed.next_referral_date > first_day_possible,
                least(last_day_open, closed.next_referral_date - 1),
                last_day_open
            ),
            closed.closure_date_earliest
        ) as last_day,
        least(if(last_day < first_day_open, first_day_possible, first_day_open), last_day) as first_day
    from {{ ref('int_cin__episodes_closed') }} as closed
    cross join {{ ref('int_cin__closure_lateness') }} as lateness
    where closed.closure_basis in ('next_referral', 'censored', 'last_return')

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
        coalesce(before_first_day.n_closures, 0) as n_before,
        up_to_last_day.n_closures - n_before as n_like_closures,
        up_to_last_day.n_days_together - coalesce(before_first_day.n_days_together, 0) as n_days_together,
        n_before + ceil(0.04 * n_like_closures) as place_of_earliest,
        n_before + ceil(0.96 * n_like_closures) as place_of_latest
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

-- the days on which some case closed, by their place among all closures
places as (

    select
        case_kind,
        n_closures,
        min(n_days) as n_days
    from durations
    group by case_kind, n_closures

),

expected as (

    select
        compared.la_child_key,
        compared.referral_date,
        compared.n_like_closures,
        if(
            compared.n_like_closures > 0,
            compared.referral_date + round(compared.n_days_together / compared.n_like_closures)::integer,
            compared.first_day + ((compared.last_day - compared.first_day) // 2)::integer
        ) as closure_date_expected,
        if(compared.n_like_closures > 0, compared.referral_date + earliest.n_days::integer, compared.first_day)
            as closure_date_likely_earliest,
        if(compared.n_like_closures > 0, compared.referral_date + latest.n_days::integer, compared.last_day)
            as closure_date_likely_latest
    from compared
    asof left join places as earliest
        on compared.case_kind = earliest.case_kind and compared.place_of_earliest <= earliest.n_closures
    asof left join places as latest
        on compared.case_kind = latest.case_kind and compared.place_of_latest <= latest.n_closures

)

select * from expected
