/*
One row per comparison and level: how much it weighs for or against a link by a shared pupil matching reference (R8, D29).

Weights after Fellegi and Sunter: m is the share of true pairs that show the level, u that of false ones, the weight log2(m / u).
`shared_reference` is the weight of what was there before: m is the share of pairs that are one child. All are learnt from this
extract by expectation-maximisation, from `int_cin__link_priors`: each of {{ var('link_rounds') }} rounds judges every kind of pair by the
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

{%- for round in range(rounds + 1) %}

{%- if round > 0 %}

judged_{{ round }} as materialized (

    select
        shown.pattern,
        1 / (1 + pow(2, -sum(weights_{{ round - 1 }}.weight order by shown.comparison))) as probability
    from shown
    inner join weights_{{ round - 1 }}
        on shown.comparison = weights_{{ round - 1 }}.comparison and shown.level = weights_{{ round - 1 }}.level
    group by shown.pattern

),
{%- endif %}

counted_{{ round }} as (
{% if round > 0 %}
    select
        priors.comparison,
        priors.level,
        coalesce(sum(shown.n_pairs), 0)::bigint as n_pairs,
        any_value(priors.n_true_pairs) + coalesce(sum(round(1e6 * shown.n_pairs * judged.probability)::bigint), 0) / 1e6
            as n_true_pairs,
        any_value(priors.n_false_pairs) + coalesce(sum(round(1e6 * shown.n_pairs * (1 - judged.probability))::bigint), 0) / 1e6
            as n_false_pairs
    from priors
    left join shown on priors.comparison = shown.comparison and priors.level = shown.level
    left join judged_{{ round }} as judged on shown.pattern = judged.pattern
    group by priors.comparison, priors.level
{% else %}
    select
        *,
        0::bigint as n_pairs
    from priors
{% endif %}
),

weights_{{ round }} as materialized (

    select
        comparison,
        level,
        n_pairs,
        n_true_pairs / sum(n_true_pairs + if(comparison = 'shared_reference', n_false_pairs, 0)) over of_comparison as m,
        n_false_pairs / sum(n_false_pairs + if(comparison = 'shared_reference', n_true_pairs, 0)) over of_comparison as u,
        log2(m / u) as weight
    from counted_{{ round }}
    window of_comparison as (
        partition by comparison order by level rows between unbounded preceding and unbounded following
    )

),
{%- endfor %}

rounded as (

    select
        comparison,
        level,
        round(m, 6) as m,
        round(u, 6) as u,
        round(weight, 3) as weight,
        n_pairs
    from weights_{{ rounds }}

)

select * from rounded
