/* The categories of a topic add up to the total of the measure, in every place and year. */
select
    parts.census_year,
    parts.geography_level,
    parts.measure,
    parts.breakdown_topic
from {{ ref('release_counts') }} as parts
inner join {{ ref('release_counts') }} as totals
    on
        parts.census_year = totals.census_year
        and parts.geography_level = totals.geography_level
        and parts.geography_code = totals.geography_code
        and parts.measure = totals.measure
        and totals.breakdown_topic = 'Total'
where parts.breakdown_topic not in ('Total', 'Id scheme')
group by
    parts.census_year,
    parts.geography_level,
    parts.geography_code,
    parts.measure,
    parts.breakdown_topic
having sum(parts.n) <> max(totals.n)
