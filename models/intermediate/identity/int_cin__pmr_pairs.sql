/*
One row per pair of la_child_ids that share a pupil matching reference (PMR): how they compare, one column for each comparison
of the seed `link_comparisons` (R8). What is not known is null, and weighs nothing.

Being open in two authorities at once is judged by cases that were surely open on one day, and not referred on the same day. PMRs
shared by too many ids are not compared: all their links are cut (D9).
*/
with

sharers as (

    select * from {{ ref('int_cin__pmr_sharers') }}
    where n_la_child_ids <= {{ most_ids_of_a_child() }}

),

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

-- children of the same authority and birth month, first referred on the same day: the child and its twins, as far as shown
twins as (

    select
        sharers.la_child_key,
        list(distinct la_children.sex) as sexes_of_twins
    from sharers
    inner join la_children
        on
            sharers.local_authority_code = la_children.local_authority_code
            and sharers.first_day = la_children.first_referral_date
            and list_contains(sharers.birth_months, la_children.birth_month_start)
    group by sharers.la_child_key

),

episodes as (

    select
        sharers.pmr_key,
        sharers.la_child_key,
        episodes_closed.referral_date,
        episodes_closed.closure_date_earliest
    from sharers
    inner join {{ ref('int_cin__episodes_closed') }} as episodes_closed
        on sharers.la_child_key = episodes_closed.la_child_key

),

open_together as (

    select distinct
        least(earlier.la_child_key, later.la_child_key) as la_child_key,
        greatest(earlier.la_child_key, later.la_child_key) as other_la_child_key
    from episodes as earlier
    inner join episodes as later
        on
            earlier.pmr_key = later.pmr_key
            and earlier.la_child_key <> later.la_child_key
            and earlier.referral_date < later.referral_date
            and earlier.closure_date_earliest > later.referral_date
            and later.closure_date_earliest > later.referral_date

),

compared as (

    select
        one.pmr_key,
        one.la_child_key,
        other.la_child_key as other_la_child_key,
        one.local_authority_code = other.local_authority_code as is_in_same_authority,
        is_in_same_authority and one.first_day <= other.last_day and other.first_day <= one.last_day as is_together,
        {{ births_compared('one.birth_months', 'other.birth_months') }} as birth_month,
        case
            when
                list_has_any(one.sexes, other.sexes) is false
                and (list_has_any(twins.sexes_of_twins, other.sexes) or list_has_any(other_twins.sexes_of_twins, one.sexes))
                then 'differs_beside_a_twin'
            else {{ facts_compared('one.sexes', 'other.sexes') }}
        end as sex,
        {{ facts_compared('one.ethnic_groups', 'other.ethnic_groups') }} as ethnic_group,
        case
            when is_in_same_authority then 'same_authority'
            when one.region_code = other.region_code then 'same_region'
            else 'other_region'
        end || if(is_together or open_together.la_child_key is not null, '_together', '_apart') as place
    from sharers as one
    inner join sharers as other on one.pmr_key = other.pmr_key and one.la_child_key < other.la_child_key
    left join twins on one.la_child_key = twins.la_child_key
    left join twins as other_twins on other.la_child_key = other_twins.la_child_key
    left join open_together
        on
            one.la_child_key = open_together.la_child_key
            and other.la_child_key = open_together.other_la_child_key
            and one.local_authority_code <> other.local_authority_code

)

select * exclude (is_in_same_authority, is_together) from compared
