{#
    The match weights of Fellegi and Sunter, from counts of true and false pairs by comparison and level (R8, D29): m and u are
    shares of a comparison's true and false pairs, the weight is log2(m / u). Of shared_reference m is the share of pairs that are
    true, so that its weight is the odds before anything is compared. Added up level by level in a fixed order.

    counts: a relation with comparison, level, n_true_pairs, n_false_pairs.
#}
{% macro match_weights(counts) %}
    select
        comparison,
        level,
        n_true_pairs / sum(n_true_pairs + if(comparison = 'shared_reference', n_false_pairs, 0)) over of_comparison as m,
        n_false_pairs / sum(n_false_pairs + if(comparison = 'shared_reference', n_true_pairs, 0)) over of_comparison as u,
        log2(m / u) as weight
    from {{ counts }}
    window of_comparison as (
        partition by comparison order by level rows between unbounded preceding and unbounded following
    )
{% endmacro %}
