/*
Measures add up as the relations of their sets say, on which disclosure control rests: a set in parts is the sum of its parts,
and no part is larger than its whole, in the same unit and under the same id.
*/
with

counts as (

    select
        counts.* exclude (unavailable_reason),
        measures.counted_set,
        if(measures.counts = 'rows', 'events', measures.counts) as unit
    from {{ ref('release_counts') }} as counts
    inner join {{ ref('release_measures') }} as measures on counts.measure = measures.measure
    where counts.breakdown_topic in ('Total', 'Id scheme')

),

units as (

    select unnest(['events', 'children', 'cases']) as unit

),

relations as (

    select
        *,
        (kind = 'partition' and unit = 'events') or (kind = 'children_apart' and unit = 'children') as is_sum,
        count(*) over (partition by relation, unit) as n_parts
    from {{ ref('release_relations') }}
    cross join units
    where kind in ('partition', 'subset', 'children_apart')

)

select
    wholes.census_year,
    wholes.geography_level,
    relations.relation
from relations
inner join counts as wholes on relations.whole_set = wholes.counted_set and relations.unit = wholes.unit
inner join counts as parts
    on
        relations.part_set = parts.counted_set
        and relations.unit = parts.unit
        and wholes.census_year = parts.census_year
        and wholes.geography_level = parts.geography_level
        and wholes.geography_code = parts.geography_code
        and wholes.breakdown_topic = parts.breakdown_topic
        and wholes.breakdown = parts.breakdown
group by
    wholes.census_year,
    wholes.geography_level,
    wholes.geography_code,
    wholes.breakdown_topic,
    wholes.breakdown,
    wholes.n,
    relations.relation,
    relations.unit,
    relations.is_sum,
    relations.n_parts
having
    wholes.n < max(parts.n)
    or (relations.is_sum and count(parts.n) = relations.n_parts and wholes.n <> sum(parts.n))
