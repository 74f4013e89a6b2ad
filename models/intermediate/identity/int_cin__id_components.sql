/*
One row per la_child_id or PMR that a reorganisation joins to another, with the component it falls into (R7).

PMRs alone need no search: an la_child_id keeps one PMR, so the ids of a PMR are a component by themselves.
Only where a reorganisation joins two of these groups does the graph have to be walked.
*/
with

id_groups as (

    select * from {{ ref('int_cin__id_groups') }}

),

links as (

    select
        predecessors.group_key as a,
        successors.group_key as b
    from {{ ref('int_cin__reorganisation_links') }} as reorganisation_links
    inner join id_groups as predecessors on reorganisation_links.la_child_key = predecessors.la_child_key
    inner join id_groups as successors on reorganisation_links.successor_la_child_key = successors.la_child_key
    where reorganisation_links.cut_reason is null

),

{{ connected_components('links') }},

resolved as (

    select
        node as group_key,
        component as component_key,
        (select count(*) from unresolved_edges) as n_unresolved_edges
    from components

)

select * from resolved
