/*
One row per la_child_id and PMR shared with another la_child_id: may the PMR link them? The guards of R8.

`cut_reason` is null where the link stands. demographics_disagree: the PMR's ids disagree on at least two of birth month,
sex and ethnic group (published by UCL). too_many_ids: more ids than a child plausibly has (D9).
open_at_same_time: two ids were surely open on the same day in the same authority, so they are two children (D10).
*/
{%- set most_ids_of_a_child = 8 %}
with

claims as (

    select
        la_child_key,
        pmr_key,
        pupil_matching_ref
    from {{ ref('int_cin__pmr_claims') }}
    where is_chosen
    qualify count(*) over (partition by pmr_key) > 1

),

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

episodes as (

    select
        claims.pmr_key,
        claims.la_child_key,
        la_children.local_authority_code,
        episodes_closed.referral_date,
        episodes_closed.closure_date_earliest
    from claims
    inner join la_children on claims.la_child_key = la_children.la_child_key
    inner join {{ ref('int_cin__episodes_closed') }} as episodes_closed
        on claims.la_child_key = episodes_closed.la_child_key

),

open_together as (

    select distinct earlier.pmr_key
    from episodes as earlier
    inner join episodes as later
        on
            earlier.pmr_key = later.pmr_key
            and earlier.local_authority_code = later.local_authority_code
            and earlier.la_child_key <> later.la_child_key
            and earlier.referral_date <= later.referral_date
            and earlier.closure_date_earliest > later.referral_date

),

compared as (

    select
        claims.pmr_key,
        count(*) as n_la_child_ids,
        (count(distinct la_children.birth_month_start) > 1)::int
        + (count(distinct la_children.sex) filter (where la_children.sex <> 'unknown') > 1)::int
        + (count(distinct la_children.ethnic_group) filter (where la_children.ethnic_group <> 'Unknown') > 1)::int
            as n_disagreements
    from claims
    inner join la_children on claims.la_child_key = la_children.la_child_key
    group by claims.pmr_key

),

judged as (

    select
        claims.la_child_key,
        claims.pmr_key,
        claims.pupil_matching_ref,
        compared.n_la_child_ids,
        compared.n_disagreements,
        case
            when compared.n_la_child_ids > {{ most_ids_of_a_child }} then 'too_many_ids'
            when compared.n_disagreements >= 2 then 'demographics_disagree'
            when open_together.pmr_key is not null then 'open_at_same_time'
        end as cut_reason
    from claims
    inner join compared on claims.pmr_key = compared.pmr_key
    left join open_together on claims.pmr_key = open_together.pmr_key

)

select * from judged
