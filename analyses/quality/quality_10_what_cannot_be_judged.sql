-- Which of DfE's validation rules can the extract not answer, and why?
select
    why_left_out,
    count(*) as n_rules,
    string_agg(dfe_code, ', ' order by dfe_code) as dfe_codes
from {{ ref('dfe_rules_left_out') }}
group by why_left_out
order by n_rules desc, why_left_out asc
