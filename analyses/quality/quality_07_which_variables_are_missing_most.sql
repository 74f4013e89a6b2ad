-- Which variables are missing most often in the newest year, and is that to be expected?
select
    field_name,
    round(pct_violated_rows, 1) as percent_missing,
    threshold_value,
    notes_value
from {{ ref('dq_field_checks') }}
where
    check_name = 'value_given'
    and not not_applicable
    and census_year = (select max(census_year) from {{ ref('dq_field_checks') }})
order by pct_violated_rows desc, field_name asc
limit 12
