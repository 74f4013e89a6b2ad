/*
One row per referral, true or found: the true case, as far as the extract could show it, beside the episode that was found.

`is_in_extract` is false for a true case of which no row was delivered: nothing can find it. `known_end` is the true end
where it came by the last return; a case that went on after its last return has that return's 31 March and
`is_open_on_known_end`, and one returned as open in the newest census has no end. Nobody could know more from the returns.
`is_in_need_as_returned` is the true need, but a case closed after assessment counts as in need where no return says so.
*/
{{ config(database="cin_work") }}
with

extract_bounds as (

    select max(census_year) as newest_census_year
    from {{ source('landing', 'delivered_years') }}

),

true_episodes as (

    select
        hash(local_authority_code, local_child_id) as la_child_key,
        referral_date,
        bool_or(returned_years <> 0) as is_in_extract,
        bit_or(returned_years) as returned_years,
        max(closure_date) as true_closure_date,
        bool_and(is_no_further_action) as is_no_further_action,
        bool_or(is_in_need) as is_in_need,
        bool_and(is_rereferral_while_open) as is_rereferral_while_open
    from {{ source('truth', 'episodes') }}
    group by la_child_key, referral_date

),

known as (

    select
        true_episodes.*,
        case when is_in_extract then (2008 + length(bin(returned_years)))::smallint end as last_true_census_year,
        make_date(last_true_census_year, 3, 31) as last_true_return_day,
        case
            when true_closure_date <= last_true_return_day then true_closure_date
            when last_true_census_year < extract_bounds.newest_census_year then last_true_return_day
        end as known_end,
        coalesce(known_end = last_true_return_day and true_closure_date is distinct from known_end, false)
            as is_open_on_known_end
    from true_episodes
    cross join extract_bounds

),

found as (

    select
        closed.*,
        coalesce(expected.closure_date_expected, closed.closure_date) as closure_date_expected,
        coalesce(expected.closure_date_likely_earliest, closed.closure_date) as closure_date_likely_earliest,
        coalesce(expected.closure_date_likely_latest, closed.closure_date) as closure_date_likely_latest,
        closed.is_vanished,
        sequence.overlaps_previous,
        sequence.overlap_kind,
        sequence.is_continued_from_predecessor,
        reconciled.closure_reason_code
    from {{ ref('int_cin__episodes_closed') }} as closed
    inner join {{ ref('int_cin__episodes_in_sequence') }} as sequence
        on closed.la_child_key = sequence.la_child_key and closed.referral_date = sequence.referral_date
    inner join {{ ref('int_cin__episodes_reconciled') }} as reconciled
        on closed.la_child_key = reconciled.la_child_key and closed.referral_date = reconciled.referral_date
    left join {{ ref('int_cin__closures_expected') }} as expected
        on closed.la_child_key = expected.la_child_key and closed.referral_date = expected.referral_date
    where exists (select 1 from {{ source('truth', 'episodes') }})

),

compared as (

    select
        coalesce(known.la_child_key, found.la_child_key) as la_child_key,
        coalesce(known.referral_date, found.referral_date) as referral_date,
        known.la_child_key is not null as is_true,
        coalesce(known.is_in_extract, false) as is_in_extract,
        known.returned_years,
        known.true_closure_date,
        known.known_end,
        known.is_open_on_known_end,
        known.is_in_need,
        known.is_in_need
        or (not known.is_no_further_action and coalesce(found.closure_reason_code not in ('RC8', 'RC9'), true))
            as is_in_need_as_returned,
        known.is_rereferral_while_open,
        found.la_child_key is not null as is_found,
        found.closure_basis,
        found.closure_date,
        found.closure_date_earliest,
        found.closure_date_latest,
        found.closure_date_expected,
        found.closure_date_likely_earliest,
        found.closure_date_likely_latest,
        found.is_vanished,
        found.overlaps_previous,
        found.overlap_kind,
        found.is_continued_from_predecessor
    from known
    full join found on known.la_child_key = found.la_child_key and known.referral_date = found.referral_date

)

select * from compared
