/*
The search for connected ids has come to its end: no link is left between two components (R7).

Why: the search makes a fixed number of rounds; a longer chain of ids than it can resolve would split a child.
*/
select max(n_unresolved_edges) as n_unresolved_edges
from {{ ref('int_cin__id_components') }}
having max(n_unresolved_edges) > 0
