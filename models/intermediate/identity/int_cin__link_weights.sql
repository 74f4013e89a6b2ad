/*
One row per comparison and level: how much it weighs for or against a link by a shared pupil matching reference (R8, D29).

Weights after Fellegi and Sunter: m is the share of true pairs that show the level, u that of false ones, the weight log2(m / u).
`shared_reference` is the weight of what was to be expected before: m is the share of pairs that are one child. All are learnt
from this extract by expectation-maximisation, beginning with `int_cin__link_priors`: each round judges every kind of pair by the
weights so far, and counts anew. Counts are whole millionths of a pair, so that the order of rows changes nothing.
*/
{%- set rounds = var('link_rounds') %}
with

patterns as (

    select
        birth_month,
        sex,
        ethnic_group,
        place,
        'both_carry_it' as shared_reference,
        count(*) as n_pairs,
        row_number() over (order by birth_month, sex, ethnic_group, place) as pattern
    from {{ ref('int_cin__pmr_pairs') }}
    group by birth_month, sex, ethnic_group, place

),

shown as materialized (

    unpivot patterns on shared_reference, birth_month, sex, ethnic_group, place into name comparison value level

),

priors as materialized (

    select * from {{ ref('int_cin__link_priors') }}

),

weights_0 as materialized ({{ match_weights('priors') }}),
{% for round in range(1, rounds + 1) %}
judged_{{ round }} as materialized (

    select
        shown.pattern,
        1 / (1 + pow(2, -sum(weights.weight order by shown.comparison))) as probability
    from shown
    inner join weights_{{ round - 1 }} as weights on shown.comparison = weights.comparison and shown.level = weights.level
    group by shown.pattern

),

counted_{{ round }} as (

    select
        priors.comparison,
        priors.level,
        priors.n_true_pairs + coalesce(sum(round(1e6 * shown.n_pairs * judged.probability)::bigint), 0) / 1e6 as n_true_pairs,
        priors.n_false_pairs + coalesce(sum(round(1e6 * shown.n_pairs * (1 - judged.probability))::bigint), 0) / 1e6
            as n_false_pairs
    from priors
    left join shown on priors.comparison = shown.comparison and priors.level = shown.level
    left join judged_{{ round }} as judged on shown.pattern = judged.pattern
    group by priors.comparison, priors.level, priors.n_true_pairs, priors.n_false_pairs

),

weights_{{ round }} as materialized ({{ match_weights('counted_' ~ round) }}),
{% endfor %}
rounded as (

    select
        weights.comparison,
        weights.level,
        round(weights.m, 6) as m,
        round(weights.u, 6) as u,
        round(weights.weight, 3) as weight,
        coalesce(sum(shown.n_pairs), 0)::bigint as n_pairs
    from weights_{{ rounds }} as weights
    left join shown on weights.comparison = shown.comparison and weights.level = shown.level
    group by weights.comparison, weights.level, weights.m, weights.u, weights.weight

)

select * from rounded
