/*
One row per figure of how well the three ids follow a child: rows of `evaluation_summary`, not yet held against their targets.
*/
{{ config(database="cin_work") }}
{%- set least_pairs = 20000 %}
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
    where link_limits.link_probability_limit = 0.99

),

subgroups as (

    select
        links.n_pairs_attainable,
        abs(links.precision_percent - followed.precision_percent) as precision_gap,
        abs(links.recall_of_attainable_percent - followed.recall_of_attainable_percent) as recall_gap,
        -- 3.5 standard errors of the share: among a hundred groups chance alone goes beyond it once in twenty times
        precision_gap > 3.5 * sqrt(
            followed.precision_percent * (100 - followed.precision_percent) / nullif(links.n_pairs_found, 0)
        ) as is_precision_beyond_chance,
        recall_gap > 3.5 * sqrt(
            followed.recall_of_attainable_percent * (100 - followed.recall_of_attainable_percent) / links.n_pairs_attainable
        ) as is_recall_beyond_chance
    from links
    cross join followed
    where links.id_scheme = 'child_id' and links.breakdown <> 'all' and links.n_pairs_attainable >= 1000

),

gaps as (

    select
        max(precision_gap) filter (where n_pairs_attainable >= {{ least_pairs }}) as precision_gap,
        max(recall_gap) filter (where n_pairs_attainable >= {{ least_pairs }}) as recall_gap,
        count(*) filter (where n_pairs_attainable >= {{ least_pairs }}) as n_large_subgroups,
        count(*) filter (where is_precision_beyond_chance) as n_precision_beyond_chance,
        count(*) filter (where is_recall_beyond_chance) as n_recall_beyond_chance,
        count(*) as n_subgroups
    from subgroups

),

figures as (
{{ figures('followed', 'identity', "'child_id'", '%', {
    'pairwise precision': ['precision_percent', 'n_pairs_found', 99.95, 'at least',
        '(select 100 * n_true_pairs / (n_true_pairs + n_false_pairs) from alike)'],
    'recall of the attainable pairs': ['recall_of_attainable_percent', 'n_pairs_attainable', 99.5, 'at least', 100]
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
        "if(id_scheme = 'child_id', 3, null)", 'at most',
        "if(id_scheme = 'child_id', (select 100000 * n_false_pairs / n_la_child_ids from alike), null)"]
}) }}
    union all
{{ figures('gaps', 'identity', "'child_id, by sex, ethnic group, age, authority and year'", 'percentage points', {
    'largest gap of a subgroup of 20,000 pairs in precision': ['precision_gap', 'n_large_subgroups', 0.1, 'at most', 'null'],
    'largest gap of a subgroup of 20,000 pairs in recall of the attainable': ['recall_gap', 'n_large_subgroups', 0.1, 'at most',
        'null']
}) }}
    union all
{{ figures('gaps', 'identity', "'child_id, by sex, ethnic group, age, authority and year'", 'subgroups', {
    'further off in precision than chance explains': ['n_precision_beyond_chance', 'n_subgroups', 'null', none, 'null'],
    'further off in recall of the attainable than chance explains': ['n_recall_beyond_chance', 'n_subgroups', 'null', none,
        'null']
}) }}

)

select * from figures
