{#
    Connected components of an undirected graph, as common table expressions that end in `components`
    (node, component: the least node of those connected). Nodes must be hashes, so that labels are in no order.

    edges: name of a relation with the columns `a` and `b`.
    rounds: each round shortens every path to a half or less; 4 rounds resolve chains of 28, and authorities change less.
    `unresolved_edges` holds what is left after the last round; a test keeps it empty.
#}
{% macro connected_components(edges, rounds=4) %}
edges_0 as materialized (

    select distinct least(a, b) as a, greatest(a, b) as b from {{ edges }} where a <> b

),

labels_0 as materialized (

    select a as node, a as component from edges_0
    union
    select b as node, b as component from edges_0

),
{% for k in range(rounds) %}
neighbours_{{ k }} as materialized (

    select node, min(neighbour) as parent
    from (
        select a as node, a as neighbour from edges_{{ k }}
        union all
        select b as node, a as neighbour from edges_{{ k }}
    )
    group by node

),

parents_{{ k }} as materialized (

    select own.node, coalesce(grand.parent, own.parent) as parent
    from neighbours_{{ k }} as own
    left join neighbours_{{ k }} as grand on own.parent = grand.node

),

labels_{{ k + 1 }} as materialized (

    select labels_{{ k }}.node, coalesce(parents_{{ k }}.parent, labels_{{ k }}.component) as component
    from labels_{{ k }}
    left join parents_{{ k }} on labels_{{ k }}.component = parents_{{ k }}.node

),

edges_{{ k + 1 }} as materialized (

    select distinct least(left_end.parent, right_end.parent) as a, greatest(left_end.parent, right_end.parent) as b
    from edges_{{ k }} as edge
    inner join parents_{{ k }} as left_end on edge.a = left_end.node
    inner join parents_{{ k }} as right_end on edge.b = right_end.node
    where left_end.parent <> right_end.parent

),
{% endfor %}
unresolved_edges as (

    select * from edges_{{ rounds }}

),

components as (

    select node, min(node) over (partition by component) as component
    from labels_{{ rounds }}

)
{% endmacro %}
