/*
One row per figure of how well episodes, their ends and protection plans are found: rows of `evaluation_summary`, not yet held
against their targets.
*/
{{ config(database="cin_work") }}
with

episodes as (

    select
        count(*) filter (where is_found) as n_found,
        count(*) filter (where is_found and is_true) as n_found_and_true,
        count(*) filter (where is_in_extract) as n_in_extract,
        count(*) filter (where is_in_extract and is_found) as n_in_extract_and_found,
        count(*) filter (where is_true and not is_rereferral_while_open) as n_cases,
        count(*) filter (where is_in_extract and not is_rereferral_while_open) as n_cases_in_extract,
        count(*) filter (where closure_basis = 'open') as n_said_open,
        count(*) filter (where closure_basis = 'open' and true_closure_date is null and is_true) as n_said_and_truly_open,
        count(*) filter (where is_in_extract and is_found and true_closure_date is null) as n_truly_open,
        count(*) filter (where is_in_extract and is_found and known_end is null) as n_returned_open_at_the_end,
        count(*) filter (where is_in_extract and is_found and known_end is null and closure_basis = 'open')
            as n_returned_open_at_the_end_and_said_open,
        count(*) filter (where overlaps_previous) as n_overlapping,
        count(*) filter (where overlap_kind = 'rereferral_while_open') as n_overlapping_by_recorded_dates,
        count(*) filter (where is_found and is_rereferral_while_open) as n_truly_overlapping
    from {{ ref('int_evaluation__episodes') }}

),

plans as (

    select
        count(*) filter (where is_found) as n_found,
        count(*) filter (where is_found and is_true) as n_found_and_true,
        count(*) filter (where is_in_extract) as n_in_extract,
        count(*) filter (where is_in_extract and is_found) as n_in_extract_and_found
    from {{ ref('int_evaluation__plans') }}

),

closures as (

    select
        *,
        closure_basis not in ('recorded', 'no_further_action', 'all') as is_estimated,
        case
            when closure_basis = 'censored' or not is_estimated then null
            when closure_basis like '%, vanished' then 731
            else 366
        end as most_days
    from {{ ref('evaluation_closures') }}
    where closure_basis <> 'open'

),

figures as (
{{ figures('episodes', 'episodes', "'referrals'", '%', {
    'precision': ['100 * n_found_and_true / nullif(n_found, 0)', 'n_found', 'null', none, 100],
    'recall of those in the extract': ['100 * n_in_extract_and_found / nullif(n_in_extract, 0)', 'n_in_extract', 'null', none, 'null'],
    'F1': ['200 * n_found_and_true / nullif(n_found + n_in_extract, 0)', 'n_found', 99.9, 'at least', 'null'],
    'true cases of which the extract has a row': ['100 * n_cases_in_extract / nullif(n_cases, 0)', 'n_cases', 'null', none, 'null'],
    'overlapping a previous one, as reported': ['100 * n_overlapping / nullif(n_found, 0)', 'n_found', 'null', none, 'null'],
    'overlapping by recorded dates, as reported': ['100 * n_overlapping_by_recorded_dates / nullif(n_found, 0)', 'n_found',
        'null', none, 'null'],
    'truly overlapping (a second referral of an open case)': ['100 * n_truly_overlapping / nullif(n_found, 0)', 'n_found',
        'null', none, 'null']
}) }}
    union all
{{ figures('episodes', 'open or closed', "'referrals'", '%', {
    'truly open that are said to be open': ['100 * n_said_and_truly_open / nullif(n_truly_open, 0)', 'n_truly_open', 'null', none,
        '100 * n_returned_open_at_the_end / nullif(n_truly_open, 0)'],
    'said to be open that truly are': ['100 * n_said_and_truly_open / nullif(n_said_open, 0)', 'n_said_open', 'null', none, 100],
    'returned open at the end that are said to be open': [
        '100 * n_returned_open_at_the_end_and_said_open / nullif(n_returned_open_at_the_end, 0)', 'n_returned_open_at_the_end',
        'null', none, 100]
}) }}
    union all
{{ figures('plans', 'protection plans', "'plans'", '%', {
    'precision': ['100 * n_found_and_true / nullif(n_found, 0)', 'n_found', 'null', none, 100],
    'recall of those in the extract': ['100 * n_in_extract_and_found / nullif(n_in_extract, 0)', 'n_in_extract', 'null', none, 100]
}) }}
    union all
{{ figures('closures', 'closure dates', 'closure_basis', '%', {
    'exact': ['exact_percent', 'n_episodes', 'null', none, 'null'],
    'within 31 days': ['within_31_days_percent', 'n_episodes', 'null', none, 'null'],
    'within 366 days': ['within_366_days_percent', 'n_episodes', 'null', none, 'null'],
    'expected date within 31 days': ['expected_within_31_days_percent', 'n_episodes', 'null', none, 'null'],
    'inside the bounds': ['inside_bounds_percent', 'n_episodes', 99.5, 'at least', 'null'],
    'inside the likely interval': ['likely_percent', 'n_episodes', 'null', none, 'null']
}) }}
    union all
{{ figures('closures', 'closure dates', 'closure_basis', 'days', {
    'mean days late (early if negative)': ['mean_days_late', 'n_truly_closed', 'null', none, 'null'],
    'mean days off': ['mean_days_off', 'n_truly_closed', 'null', none, 'null'],
    'expected date, mean days late': ['expected_mean_days_late', 'n_truly_closed', 'null', none, 'null'],
    'expected date, mean days off': ['expected_mean_days_off', 'n_truly_closed', 'null', none, 'null'],
    'expected date, days late or early on average': ['abs(expected_mean_days_late)', 'n_truly_closed', 'if(is_estimated, 31, null)',
        'at most', 'null'],
    'median days between the bounds': ['median_days_between_bounds', 'n_episodes', 'most_days', 'at most', 'null'],
    'median days of the likely interval': ['median_days_likely', 'n_episodes', 'null', none, 'null']
}) }}
    union all
{{ figures('closures', 'closure dates', 'closure_basis', 'percentage points', {
    'likely interval, distance from holding 91.5 %': ['abs(likely_percent - 91.5)', 'n_episodes', 'if(is_estimated, 3.5, null)',
        'at most', 'null']
}) }}

)

select * from figures
