/*
Every episode belongs to an id in `child_identifiers` and a child in `children`, and the children count every episode.

Why: the tables are joined on these ids, and a join must neither lose an episode nor repeat one.
*/
with

episodes as (

    select
        count(*) as n_episodes,
        count_if(child_identifiers.la_child_id is null) as n_without_identifiers,
        count_if(children.child_id is null) as n_without_child
    from {{ ref('episodes') }} as episodes
    left join {{ ref('child_identifiers') }} as child_identifiers
        on episodes.la_child_id = child_identifiers.la_child_id and episodes.child_id = child_identifiers.child_id
    left join {{ ref('children') }} as children on episodes.child_id = children.child_id

),

children as (

    select coalesce(sum(n_episodes), 0) as n_episodes_of_children from {{ ref('children') }}

)

select
    episodes.*,
    children.n_episodes_of_children
from episodes
cross join children
where
    episodes.n_without_identifiers > 0
    or episodes.n_without_child > 0
    or episodes.n_episodes <> children.n_episodes_of_children
