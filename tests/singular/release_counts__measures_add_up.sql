/* Measures that are made of others add up, as the relations say on which disclosure control rests. No part exceeds its total. */
with

relations as (

    select
        *,
        count(*) over (partition by relation) as n_parts
    from {{ ref('release_relations') }}

)

select
    counts.census_year,
    counts.geography_level,
    relations.relation
from {{ ref('release_counts') }} as counts
inner join relations on counts.measure = relations.total_measure
inner join {{ ref('release_counts') }} as parts
    on
        relations.part_measure = parts.measure
        and counts.census_year = parts.census_year
        and counts.geography_level = parts.geography_level
        and counts.geography_code = parts.geography_code
        and counts.breakdown_topic = parts.breakdown_topic
        and counts.breakdown = parts.breakdown
where relations.part_year_offset = 0
group by
    counts.census_year,
    counts.geography_level,
    counts.geography_code,
    counts.breakdown_topic,
    counts.breakdown,
    counts.n,
    relations.relation,
    relations.n_parts,
    relations.is_exact
having
    counts.n < max(parts.n)
    or (
        count(parts.n) = relations.n_parts  -- a remainder is not there
        and if(relations.is_exact, counts.n <> sum(parts.n), counts.n > sum(parts.n))
    )
