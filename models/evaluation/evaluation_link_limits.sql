/*
One row per limit of doubt, from 1 to 9: what the links by a shared reference would be, if pairs with that many points of doubt
or more were cut and all others linked (D29). It shows the price of each limit, and the best that any limit can reach.

Pairs are judged one by one here; the pipeline also cuts an id off from those that its opponent is linked to.
*/
with

pairs as (

    select * from {{ ref('int_cin__pmr_pairs') }}

),

doubts as (

    select * from {{ ref('int_cin__pmr_doubts') }}

),

judged as (

    select
        coalesce(doubts.points_of_doubt, 0) as points_of_doubt,
        one.true_child_id = other.true_child_id as is_true,
        one.child_key = other.child_key as is_linked
    from pairs
    left join doubts
        on pairs.la_child_key = doubts.la_child_key and pairs.other_la_child_key = doubts.other_la_child_key
    inner join {{ ref('int_evaluation__ids') }} as one on pairs.la_child_key = one.la_child_key
    inner join {{ ref('int_evaluation__ids') }} as other on pairs.other_la_child_key = other.la_child_key

),

limits as (

    select unnest(range(1, 10))::integer as link_doubt_limit

),

counted as (

    select
        limits.link_doubt_limit,
        limits.link_doubt_limit = {{ var('link_doubt_limit') }} as is_in_use,
        count(*) filter (where judged.is_true) as n_true_pairs,
        count(*) filter (where judged.is_true and judged.points_of_doubt < limits.link_doubt_limit) as n_true_pairs_linked,
        count(*) filter (where not judged.is_true and judged.points_of_doubt < limits.link_doubt_limit)
            as n_false_pairs_linked,
        count(*) filter (
            where not judged.is_true and judged.is_linked and judged.points_of_doubt < limits.link_doubt_limit
        ) as n_false_pairs_of_child_id
    from limits
    cross join judged
    group by limits.link_doubt_limit

),

rated as (

    select
        *,
        100 * n_true_pairs_linked / nullif(n_true_pairs_linked + n_false_pairs_linked, 0) as precision_percent,
        100 * n_true_pairs_linked / nullif(n_true_pairs, 0) as recall_percent
    from counted

)

select * from rated
order by link_doubt_limit
