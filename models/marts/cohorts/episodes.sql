/*
One row per referral episode: la_child_id + referral date (R10), reconciled over every census year that returned it.

R11 gives the attributes, R14 to R17 the end and its evidence, R18 the overlaps, R20 the need. D28 sets the date to be
expected beside the estimate.
*/
with

sequenced as (

    select * from {{ ref('int_cin__episodes_in_sequence') }}

),

reconciled as (

    select * from {{ ref('int_cin__episodes_reconciled') }}

),

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

episodes as (

    select
        identifiers.la_child_id || '-' || sequenced.referral_date as episode_id,
        identifiers.child_id,
        identifiers.la_child_id,
        identifiers.local_authority_code,
        sequenced.referral_date,
        sequenced.closure_date,
        sequenced.closure_basis,
        sequenced.closure_date_earliest,
        sequenced.closure_date_latest,
        coalesce(closures_expected.closure_date_expected, sequenced.closure_date) as closure_date_expected,
        coalesce(closures_expected.closure_date_likely_earliest, sequenced.closure_date) as closure_date_likely_earliest,
        coalesce(closures_expected.closure_date_likely_latest, sequenced.closure_date) as closure_date_likely_latest,
        reconciled.recorded_closure_date,
        reconciled.is_closed,
        sequenced.is_closure_before_referral,
        sequenced.is_vanished,
        reconciled.first_census_year,
        reconciled.last_census_year,
        reconciled.n_returns,
        sequenced.is_no_further_action,
        sequenced.is_not_in_need,
        sequenced.is_in_need,
        reconciled.has_protection_plan,
        reconciled.referral_source_code,
        reconciled.primary_need_code,
        reconciled.closure_reason_code,
        reconciled.initial_conference_date,
        {{ whole_years('la_children.birth_month_start', 'sequenced.referral_date') }} as age_at_referral,
        sequenced.referral_date < la_children.birth_month_start as is_before_birth,
        sequenced.overlaps_previous,
        sequenced.overlap_kind,
        sequenced.overlaps_previous_of_child,
        sequenced.overlap_kind_of_child,
        sequenced.previous_referral_date_of_la_child_id as previous_referral_date,
        sequenced.previous_referral_date_of_child_id as previous_referral_date_of_child,
        sequenced.is_continued_from_predecessor
    from sequenced
    inner join reconciled
        on sequenced.la_child_key = reconciled.la_child_key and sequenced.referral_date = reconciled.referral_date
    left join {{ ref('int_cin__closures_expected') }} as closures_expected
        on
            sequenced.la_child_key = closures_expected.la_child_key
            and sequenced.referral_date = closures_expected.referral_date
    inner join identifiers on sequenced.la_child_key = identifiers.la_child_key
    inner join la_children on sequenced.la_child_key = la_children.la_child_key

)

select * from episodes
