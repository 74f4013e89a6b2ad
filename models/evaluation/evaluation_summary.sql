/*
One row per figure of the evaluation: how well the pipeline finds what is true, in a synthetic extract that comes with its truth.

Each figure has its target, where there is one, and the best value that the records allow, where it can be known. The page
"How well does it work?" of the documentation explains every figure.
*/
{%- set least_pairs, least_children = 2000, 500 %}
with

links as (

    select * from {{ ref('evaluation_links') }}

),

followed as (

    select * from links
    where breakdown = 'all' and id_scheme = 'child_id'

),

-- false pairs that were linked and that no recorded fact tells apart, twins who carry each other's reference above all
alike as (

    select
        link_limits.n_false_pairs_of_child_id as n_false_pairs,
        followed.n_pairs_found_and_true as n_true_pairs,
        followed.n_la_child_ids
    from {{ ref('evaluation_link_limits') }} as link_limits
    cross join followed
    where link_limits.link_doubt_limit = 2

),

subgroups as (

    select
        max(abs(links.precision_percent - followed.precision_percent)) as precision_gap,
        max(abs(links.recall_of_attainable_percent - followed.recall_of_attainable_percent)) as recall_gap,
        count(*) as n_subgroups
    from links
    cross join followed
    where links.id_scheme = 'child_id' and links.breakdown <> 'all' and links.n_pairs_attainable >= {{ least_pairs }}

),

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

    select * from {{ ref('evaluation_closures') }}
    where closure_basis <> 'open'

),

counts as (

    select
        measure,
        max(abs(percent_off_attainable)) filter (where geography_level = 'National') as england_off,
        max(abs(percent_off_truth)) filter (where geography_level = 'National') as england_off_truth,
        max(abs(percent_off_attainable)) filter (
            where geography_level = 'Local authority' and n_children_attainable >= {{ least_children }}
        ) as worst_authority_off,
        count(*) filter (where geography_level = 'Local authority' and n_children_attainable >= {{ least_children }})
            as n_authority_years,
        count(*) filter (where geography_level = 'National') as n_years
    from {{ ref('evaluation_counts') }}
    group by measure

),

figures as (
{{ figures('followed', 'identity', "'child_id'", '%', {
    'pairwise precision': ['precision_percent', 'n_pairs_found', 99.96, 'at least',
        '(select 100 * n_true_pairs / (n_true_pairs + n_false_pairs) from alike)'],
    'recall of the attainable pairs': ['recall_of_attainable_percent', 'n_pairs_attainable', 99.96, 'at least', 100]
}) }}
    union all
{{ figures("links where breakdown = 'all'", 'identity', 'id_scheme', '%', {
    'pairwise recall': ['recall_percent', 'n_pairs_true', 'null', none, 'attainable_recall_percent'],
    'pairwise F1': ['f1_percent', 'n_pairs_true', 'null', none, '200 * attainable_recall_percent / (100 + attainable_recall_percent)'],
    'B-cubed F1': ['b_cubed_f1_percent', 'n_la_child_ids', 'null', none, 'null']
}) }}
    union all
{{ figures("links where breakdown = 'all' and id_scheme = 'pmr_first_id'", 'identity', 'id_scheme', '%', {
    'pairwise precision': ['precision_percent', 'n_pairs_found', 'null', none, 'null'],
    'recall of the attainable pairs': ['recall_of_attainable_percent', 'n_pairs_attainable', 'null', none, 100]
}) }}
    union all
{{ figures("links where breakdown = 'all'", 'identity', 'id_scheme', 'per 100,000', {
    'ids that hold more than one child': ['over_merged_per_100000', 'n_over_merged',
        "if(id_scheme = 'child_id', 1, null)", 'at most',
        "if(id_scheme = 'child_id', (select 100000 * n_false_pairs / n_la_child_ids from alike), null)"]
}) }}
    union all
{{ figures('subgroups', 'identity', "'child_id, by sex, ethnic group, age, authority and year'", 'percentage points', {
    'largest gap of a subgroup in precision': ['precision_gap', 'n_subgroups', 0.1, 'at most', 'null'],
    'largest gap of a subgroup in recall of the attainable': ['recall_gap', 'n_subgroups', 0.1, 'at most', 'null']
}) }}
    union all
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
    'inside the bounds': ['inside_bounds_percent', 'n_episodes', "if(closure_basis = 'all', 99.5, null)", 'at least', 'null']
}) }}
    union all
{{ figures('closures', 'closure dates', 'closure_basis', 'days', {
    'mean days late (early if negative)': ['mean_days_late', 'n_truly_closed', 'null', none, 'null'],
    'mean days off': ['mean_days_off', 'n_truly_closed', 'null', none, 'null'],
    'expected date, mean days late': ['expected_mean_days_late', 'n_truly_closed', 'null', none, 'null'],
    'expected date, mean days off': ['expected_mean_days_off', 'n_truly_closed', 'null', none, 'null']
}) }}
    union all
{{ figures('counts', 'counts of a year', 'measure', '%', {
    'England, largest error in any year': ['england_off', 'n_years', 0.2, 'at most', 'null'],
    'worst authority of 500 children or more': ['worst_authority_off', 'n_authority_years', 1, 'at most', 'null'],
    'England, largest distance from the true children': ['england_off_truth', 'n_years', 'null', none, 'null']
}) }}

),

judged as (

    select
        * replace (if(target is null, null, target_is) as target_is),
        case
            when target_is = 'at least' then value >= target
            when target_is = 'at most' then value <= target
        end as is_target_met
    from figures

)

select * from judged
order by topic, subject, figure
