/*
One row per id scheme and group of children: how well the id follows a child, measured against the truth.

Precision and recall are of pairs of la_child_ids; B-cubed is the mean over la_child_ids. `recall_of_attainable` is the recall
among the pairs that recorded identifiers can join at all. An id is over-merged if it holds more than one true child. Shares
are summed as decimals: sums of floating numbers hang on the order of rows.
*/
{%- set breakdowns = ['all', 'sex', 'ethnic_group', 'age_group', 'local_authority_code', 'first_census_year'] %}
with

neighbours as (

    select
        neighbours.*,
        ids.* exclude (la_child_key)
    from {{ ref('int_evaluation__neighbours') }} as neighbours
    inner join {{ ref('int_evaluation__ids') }} as ids on neighbours.la_child_key = ids.la_child_key

),

summed as (

    {% for breakdown in breakdowns -%}
    select
        id_scheme,
        '{{ breakdown }}' as breakdown,
        {{ "'all'" if breakdown == 'all' else breakdown ~ '::varchar' }} as breakdown_value,
        count(*) as n_la_child_ids,
        sum((1 / (n_found + 1))::decimal(28, 18)) as n_ids,
        sum((1 / (n_found + 1))::decimal(28, 18)) filter (where n_found > n_found_and_true) as n_over_merged,
        sum(n_found) / 2 as n_pairs_found,
        sum(n_true) / 2 as n_pairs_true,
        sum(n_attainable) / 2 as n_pairs_attainable,
        sum(n_found_and_true) / 2 as n_pairs_found_and_true,
        sum(n_found_and_attainable) / 2 as n_pairs_found_and_attainable,
        avg(((n_found_and_true + 1) / (n_found + 1))::decimal(28, 18)) as b_cubed_precision,
        avg(((n_found_and_true + 1) / (n_true + 1))::decimal(28, 18)) as b_cubed_recall
    from neighbours
    group by id_scheme, breakdown_value
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

rated as (

    select
        id_scheme,
        breakdown,
        breakdown_value,
        n_la_child_ids,
        n_pairs_found,
        n_pairs_true,
        n_pairs_attainable,
        n_pairs_found_and_true,
        n_pairs_found_and_attainable,
        100 * n_pairs_found_and_true / nullif(n_pairs_found, 0) as precision_percent,
        100 * n_pairs_found_and_true / nullif(n_pairs_true, 0) as recall_percent,
        100 * n_pairs_attainable / nullif(n_pairs_true, 0) as attainable_recall_percent,
        100 * n_pairs_found_and_attainable / nullif(n_pairs_attainable, 0) as recall_of_attainable_percent,
        200 * n_pairs_found_and_true / nullif(n_pairs_found + n_pairs_true, 0) as f1_percent,
        100 * b_cubed_precision as b_cubed_precision_percent,
        100 * b_cubed_recall as b_cubed_recall_percent,
        200 * b_cubed_precision * b_cubed_recall / (b_cubed_precision + b_cubed_recall) as b_cubed_f1_percent,
        round(coalesce(n_over_merged, 0))::bigint as n_over_merged,
        round(100000 * coalesce(n_over_merged, 0) / n_ids, 3) as over_merged_per_100000
    from summed

)

select * from rated
order by id_scheme, breakdown, breakdown_value
