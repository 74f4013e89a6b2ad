/*
One row per closure basis, cases that vanished apart, and one for all: how far the closure dates lie from the true ones, for true
cases that were found.

A case still open at the end of the extract has no true date to be compared with; it counts as inside its bounds if these
reach the end of the extract, since nothing after it can be seen.
*/
with

extract_bounds as (

    select make_date(max(census_year), 3, 31) as last_census_day
    from {{ source('landing', 'delivered_years') }}

),

episodes as (

    select
        episodes.*,
        episodes.closure_basis || if(episodes.is_vanished, ', vanished', '') as basis,
        coalesce(episodes.true_closure_date, date '9999-12-31') as true_date,
        coalesce(episodes.true_closure_date, extract_bounds.last_census_day) as true_date_in_extract
    from {{ ref('int_evaluation__episodes') }} as episodes
    cross join extract_bounds
    where episodes.is_true and episodes.is_found

),

measured as (

    select
        coalesce(basis, 'all') as closure_basis,
        count(*) as n_episodes,
        count(true_closure_date) as n_truly_closed,
        100 * avg((closure_date is not distinct from true_closure_date)::int) as exact_percent,
        100 * avg((abs(closure_date - true_date) <= 31)::int) as within_31_days_percent,
        100 * avg((abs(closure_date - true_date) <= 366)::int) as within_366_days_percent,
        100 * avg((true_date_in_extract between closure_date_earliest and coalesce(closure_date_latest, date '9999-12-31'))::int)
            as inside_bounds_percent,
        avg(closure_date_latest - closure_date_earliest) as mean_days_between_bounds,
        avg(closure_date - true_closure_date) as mean_days_late,
        avg(abs(closure_date - true_closure_date)) as mean_days_off,
        100 * avg((abs(closure_date_expected - true_date) <= 31)::int) as expected_within_31_days_percent,
        100 * avg((abs(closure_date_expected - true_date) <= 366)::int) as expected_within_366_days_percent,
        avg(closure_date_expected - true_closure_date) as expected_mean_days_late,
        avg(abs(closure_date_expected - true_closure_date)) as expected_mean_days_off,
        100 * avg((true_date_in_extract between closure_date_likely_earliest and closure_date_likely_latest)::int)
            as likely_percent,
        median(closure_date_latest - closure_date_earliest) as median_days_between_bounds,
        median(closure_date_likely_latest - closure_date_likely_earliest) as median_days_likely
    from episodes
    group by rollup(basis)

)

select * from measured
order by closure_basis
