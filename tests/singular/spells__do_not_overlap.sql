/*
The spells of a child do not overlap, only a child's last one is open, none ends before it starts, and together they
hold every episode (R19).

Why: time open is added up over spells, so no day may be counted twice.
*/
with

spells as (

    select
        *,
        lead(start_date) over (partition by child_id order by start_date, end_date nulls last) as next_start_date
    from {{ ref('spells') }}

),

checked as (

    select
        count_if(coalesce(end_date, date '9999-12-31') > next_start_date) as n_overlapping,
        count_if(end_date < start_date) as n_ending_before_start,
        coalesce(sum(n_episodes), 0) as n_episodes_in_spells
    from spells

),

episodes as (

    select count(*) as n_episodes from {{ ref('episodes') }}

)

select *
from checked
cross join episodes
where n_overlapping > 0 or n_ending_before_start > 0 or n_episodes_in_spells <> n_episodes
