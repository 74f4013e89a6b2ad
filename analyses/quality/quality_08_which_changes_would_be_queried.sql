-- Which changes from year to year would DfE query, largest first?
select
    changes.local_authority_code,
    returns.local_authority_name,
    changes.census_year,
    changes.measure,
    changes.n_previous,
    changes.n,
    round(changes.change_percent) as change_percent
from {{ ref('dq_year_on_year') }} as changes
inner join {{ ref('local_authority_returns') }} as returns
    on
        changes.local_authority_code = returns.local_authority_code
        and changes.census_year = returns.census_year
where changes.status = 'queried'
order by abs(changes.change_percent) desc, changes.local_authority_code asc, changes.census_year asc, changes.measure asc
limit 20
