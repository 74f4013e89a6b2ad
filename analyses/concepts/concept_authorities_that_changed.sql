-- Which authorities were reorganised, and what did old and new return on both sides of the change?
with

continued as (

    select
        local_authority_code,
        count(*) as n_episodes_continued
    from {{ ref('episodes') }}
    where is_continued_from_predecessor
    group by local_authority_code

),

returns as (

    select * from {{ ref('local_authority_returns') }}

)

select
    changes.first_census_year,
    changes.change_type,
    changes.predecessor_code,
    before.local_authority_name as predecessor,
    before.n_la_child_ids as n_children_in_last_return,
    changes.successor_code,
    after.local_authority_name as successor,
    after.n_la_child_ids as n_children_in_first_return,
    coalesce(continued.n_episodes_continued, 0) as n_episodes_continued
from {{ ref('local_authority_changes') }} as changes
left join returns as before
    on changes.predecessor_code = before.local_authority_code and changes.first_census_year - 1 = before.census_year
left join returns as after
    on changes.successor_code = after.local_authority_code and changes.first_census_year = after.census_year
left join continued on changes.successor_code = continued.local_authority_code
order by changes.first_census_year, changes.predecessor_code, changes.successor_code
