-- Which years can I use `episodes` for, and what speaks against the others?
select
    census_year,
    grade,
    verdict,
    reasons
from {{ ref('dq_mart_grades') }}
where mart = 'episodes'
order by census_year
