/*
One row per pair of la_child_ids that share a pupil matching reference (PMR) and have something that speaks against their being
one child: all of it, added up (R8).

Each kind of evidence has points of doubt, from the seed `link_evidence`. UCL cuts a PMR whose ids disagree on two of birth
month, sex and ethnic group; so does this, since any two of them make four points (D29).
*/
with

pairs as (

    select * exclude (pmr_key, is_in_same_authority) from {{ ref('int_cin__pmr_pairs') }}

),

evidence as (

    unpivot pairs on columns(* exclude (la_child_key, other_la_child_key)) into name evidence value holds

),

doubts as (

    select
        evidence.la_child_key,
        evidence.other_la_child_key,
        sum(link_evidence.points)::integer as points_of_doubt,
        string_agg(evidence.evidence, ', ' order by link_evidence.points desc, evidence.evidence asc) as evidence,
        string_agg(link_evidence.sentence, ' ' order by link_evidence.points desc, evidence.evidence asc) as sentences,
        count(*) filter (where evidence.evidence in ('birth_month_differs', 'sex_differs', 'ethnic_group_differs'))
            as n_facts_that_differ
    from evidence
    inner join {{ ref('link_evidence') }} as link_evidence on evidence.evidence = link_evidence.evidence
    where evidence.holds
    group by evidence.la_child_key, evidence.other_la_child_key

)

select * from doubts
