/*
One row per limit of probability: what the links by a shared reference would be, if pairs below it were cut and all others linked,
but for those that a guard forbids (D29). It shows the price of each limit, and the best that any limit can reach.

Pairs are judged one by one here; the pipeline also cuts an id off from those that its opponent is linked to.
*/
with

judged as (

    select
        if(evidence.guard is null, evidence.probability, -1) as probability,
        one.true_child_id = other.true_child_id as is_true,
        one.child_key = other.child_key as is_linked
    from {{ ref('int_cin__pmr_evidence') }} as evidence
    inner join {{ ref('int_evaluation__ids') }} as one on evidence.la_child_key = one.la_child_key
    inner join {{ ref('int_evaluation__ids') }} as other on evidence.other_la_child_key = other.la_child_key

),

limits as (

    select unnest([0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999])::double as link_probability_limit

),

counted as (

    select
        limits.link_probability_limit,
        limits.link_probability_limit = {{ var('link_probability_limit') }} as is_in_use,
        count(*) filter (where judged.is_true) as n_true_pairs,
        count(*) filter (where judged.is_true and judged.probability >= limits.link_probability_limit) as n_true_pairs_linked,
        count(*) filter (where not judged.is_true and judged.probability >= limits.link_probability_limit)
            as n_false_pairs_linked,
        count(*) filter (
            where not judged.is_true and judged.is_linked and judged.probability >= limits.link_probability_limit
        ) as n_false_pairs_of_child_id
    from limits
    cross join judged
    group by limits.link_probability_limit

),

rated as (

    select
        *,
        100 * n_true_pairs_linked / nullif(n_true_pairs_linked + n_false_pairs_linked, 0) as precision_percent,
        100 * n_true_pairs_linked / nullif(n_true_pairs, 0) as recall_percent
    from counted

)

select * from rated
order by link_probability_limit
