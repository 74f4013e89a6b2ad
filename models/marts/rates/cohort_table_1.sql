/*
One row per census year and one for the whole extract: the paper's Table 1, beside the printed figures.

A year counts what its return holds: authorities, PMRs after cleaning (R6), la_child_ids (R5) and episodes (R10).
With it go the two faults that the paper follows over the years: closure dates missing, and overlaps (R14, R18).
In the row for the whole extract each id and each episode counts once.
*/
with

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

sequenced as (

    select
        la_child_key,
        referral_date,
        overlaps_previous or overlaps_next as is_overlapping
    from {{ ref('int_cin__episodes_in_sequence') }}

),

returns as (

    select
        returns.census_year,
        returns.la_child_key,
        returns.local_authority_code,
        identifiers.pmr_key,
        returns.n_records,
        returns.is_closed,
        returns.has_closure_date,
        sequenced.is_overlapping
    from {{ ref('int_cin__episode_returns') }} as returns
    inner join identifiers on returns.la_child_key = identifiers.la_child_key
    inner join sequenced
        on returns.la_child_key = sequenced.la_child_key and returns.referral_date = sequenced.referral_date

),

whole_extract as (

    select
        reconciled.la_child_key,
        reconciled.local_authority_code,
        identifiers.pmr_key,
        reconciled.is_closed,
        reconciled.recorded_closure_date is not null as has_closure_date,
        sequenced.is_overlapping
    from {{ ref('int_cin__episodes_reconciled') }} as reconciled
    inner join identifiers on reconciled.la_child_key = identifiers.la_child_key
    inner join sequenced
        on reconciled.la_child_key = sequenced.la_child_key and reconciled.referral_date = sequenced.referral_date

),

years as (

    select
        census_year,
        census_year::varchar as period,
        {{ count_table_1() }},
        sum(n_records)::bigint as n_records
    from returns
    group by census_year

    union all

    select
        null::smallint as census_year,
        (select min(census_year) || '-' || max(census_year) from returns) as period,
        {{ count_table_1() }},
        (select sum(n_records)::bigint from returns) as n_records
    from whole_extract
    having count(*) > 0

),

compared as (

    select
        years.*,
        years.n_episodes / years.n_la_child_ids as episodes_per_la_child_id,
        printed.n_local_authorities as printed_n_local_authorities,
        printed.n_pupil_matching_refs as printed_n_pupil_matching_refs,
        printed.n_la_child_ids as printed_n_la_child_ids,
        printed.n_episodes as printed_n_episodes,
        printed.note as printed_note,
        100.0 * (years.n_pupil_matching_refs / extract.sampling_fraction / printed.n_pupil_matching_refs - 1)
            as percent_from_printed_n_pupil_matching_refs,
        100.0 * (years.n_la_child_ids / extract.sampling_fraction / printed.n_la_child_ids - 1)
            as percent_from_printed_n_la_child_ids,
        100.0 * (years.n_episodes / extract.sampling_fraction / printed.n_episodes - 1) as percent_from_printed_n_episodes
    from years
    cross join {{ source('landing', 'about_the_extract') }} as extract
    left join {{ ref('published_table_1') }} as printed on years.period = printed.period

)

select * from compared
order by census_year nulls last
