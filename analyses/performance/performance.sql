-- How large is this extract, and what was made of it?
select
    'records read' as what,
    sum(n_rows_read)::bigint as n
from {{ ref('row_account') }}
union all
select
    'episodes' as what,
    count(*) as n
from {{ ref('episodes') }}
union all
select
    'child protection plans' as what,
    count(*) as n
from {{ ref('child_protection_plans') }}
union all
select
    'children of one authority (la_child_id)' as what,
    count(*) as n
from {{ ref('child_identifiers') }}
union all
select
    'children followed across authorities (child_id)' as what,
    count(*) as n
from {{ ref('children') }}
order by n desc
