/*
One row per la_child_id and pupil matching reference (PMR) shared with another: may the PMR link it? The guards of R8.

Two ids that share a PMR conflict if they are one child with a probability below `link_probability_limit`, or if a guard forbids
the link (D29). The ids of a PMR are taken in order of support: fewest conflicts, most census years, smaller id. An id that
conflicts with a better supported one is cut off and stands alone; the others stay linked. `cut_reason` is null where the
link stands. A PMR shared by more ids than a child plausibly has links none of them (D9).
*/
with

sharers as (

    select * from {{ ref('int_cin__pmr_sharers') }}

),

evidence as (

    select
        *,
        guard is not null or probability < {{ var('link_probability_limit') }} as is_conflict
    from {{ ref('int_cin__pmr_evidence') }}

),

seen_from_each as (

    select * from evidence
    union all by name
    select * replace (other_la_child_key as la_child_key, la_child_key as other_la_child_key) from evidence

),

supported as (

    select
        sharers.la_child_key,
        sharers.pmr_key,
        sharers.pupil_matching_ref,
        sharers.n_la_child_ids,
        row_number() over (
            partition by sharers.pmr_key
            order by
                count(*) filter (where seen_from_each.is_conflict) asc,
                sharers.n_census_years desc,
                sharers.la_child_id asc
        ) as support_rank
    from sharers
    left join seen_from_each on sharers.la_child_key = seen_from_each.la_child_key
    group by
        sharers.la_child_key, sharers.pmr_key, sharers.pupil_matching_ref, sharers.n_la_child_ids,
        sharers.n_census_years, sharers.la_child_id

),

-- each id against the better supported one that it conflicts with, or else against the best supported of all
compared as (

    select
        supported.*,
        better.la_child_key as other_la_child_key,
        seen_from_each.* exclude (la_child_key, other_la_child_key)
    from supported
    left join supported as better
        on supported.pmr_key = better.pmr_key and supported.support_rank > better.support_rank
    left join seen_from_each
        on supported.la_child_key = seen_from_each.la_child_key and better.la_child_key = seen_from_each.other_la_child_key
    qualify row_number() over (
        partition by supported.la_child_key
        order by coalesce(seen_from_each.is_conflict, false) desc, better.support_rank asc
    ) = 1

),

judged as (

    select
        la_child_key,
        pmr_key,
        pupil_matching_ref,
        n_la_child_ids,
        support_rank,
        other_la_child_key,
        weight,
        probability,
        evidence,
        sentences,
        case
            when n_la_child_ids > {{ most_ids_of_a_child() }} then 'too_many_ids'
            when is_conflict then coalesce(guard, 'doubts_add_up')
        end as cut_reason
    from compared

)

select * from judged
