/*
An episode that is open has no closure date; every other has one, no earlier than the referral, between its bounds,
and never after the extract's last census day (R15, R17). The date to be expected keeps to the same bounds (D28).

Why: every count of a year rests on this date. `greatest` and `least` pass over nulls in DuckDB, so a missing date can
turn into another one unseen.
*/
select
    count_if((closure_basis = 'open') <> (closure_date is null)) as n_open_and_dated_or_closed_and_not,
    count_if(closure_date < referral_date) as n_closed_before_referral,
    count_if(closure_date < closure_date_earliest or closure_date > closure_date_latest) as n_out_of_bounds,
    count_if(closure_date_latest < closure_date_earliest) as n_bounds_reversed,
    count_if(closure_date_expected not between closure_date_earliest and closure_date_latest) as n_expected_out_of_bounds,
    count_if((closure_date_expected is null) <> (closure_date is null)) as n_expected_without_date_or_not
from {{ ref('episodes') }}
where
    (closure_basis = 'open') <> (closure_date is null)
    or closure_date < referral_date
    or closure_date < closure_date_earliest
    or closure_date > closure_date_latest
    or closure_date_latest < closure_date_earliest
    or closure_date_expected not between closure_date_earliest and closure_date_latest
    or (closure_date_expected is null) <> (closure_date is null)
having count(*) > 0
