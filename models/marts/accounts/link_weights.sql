/*
One row per comparison and level: how much it weighs for or against a link by a shared pupil matching reference (R8, D29).

A link is made where all weights of a pair add up to a probability of `link_probability_limit` or more, and no guard forbids it.
*/
with

weights as (

    select * from {{ ref('int_cin__link_weights') }}

),

comparisons as (

    select * from {{ ref('link_comparisons') }}

)

select
    weights.*,
    comparisons.sentence
from weights
inner join comparisons on weights.comparison = comparisons.comparison and weights.level = comparisons.level
order by weights.comparison, weights.level
