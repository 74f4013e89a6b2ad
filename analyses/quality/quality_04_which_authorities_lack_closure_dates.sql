-- In which authorities does more than 30 % of the closed cases of 2010 lack a closure date?
select
    summary.local_authority_code,
    returns.local_authority_name,
    summary.n_checked,
    round(100 * summary.share_broken, 1) as percent_missing
from {{ ref('dq_summary') }} as summary
inner join {{ ref('local_authority_returns') }} as returns
    on
        summary.local_authority_code = returns.local_authority_code
        and summary.census_year = returns.census_year
where
    summary.rule_id = 'closure_date_missing'
    and summary.census_year = 2010
    and summary.n_checked >= 50
    and summary.share_broken > 0.3
order by summary.share_broken desc, summary.local_authority_code asc
