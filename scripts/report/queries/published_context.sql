/* One row per published fact on the children of 2015/16. */
select
    fact,
    label,
    value,
    certainty,
    source
from reference.published_context_2016
order by value desc
