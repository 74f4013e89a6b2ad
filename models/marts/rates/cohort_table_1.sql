/*
One row per census year and one for the whole extract: the paper's Table 1, beside the printed figures.

Counts records of each year's return, as the paper does: authorities, PMRs after cleaning (R6), la_child_ids (R5) and
episodes (R10). With it the two faults the paper follows over the years: closure dates missing, and overlaps (R14, R18).
*/
with

returns as (

    select
        returns.*,
        identifiers.pupil_matching_ref,
        sequenced.overlaps_previous or sequenced.overlaps_next as is_overlapping
    from {{ ref('int_cin__episode_returns') }} as returns
    inner join {{ ref('int_cin__identifiers') }} as identifiers on returns.la_child_key = identifiers.la_child_key
    inner join {{ ref('int_cin__episodes_in_sequence') }} as sequenced
        on returns.la_child_key = sequenced.la_child_key and returns.referral_date = sequenced.referral_date

),

years as (

    select
        census_year,
        coalesce(census_year::varchar, min(census_year) || '-' || max(census_year)) as period,
        count(distinct local_authority_code) as n_local_authorities,
        count(distinct pupil_matching_ref) as n_pupil_matching_refs,
        count(distinct la_child_key) as n_la_child_ids,
        count(distinct hash(la_child_key, referral_date)) as n_episodes,
        sum(n_records)::bigint as n_records,
        100.0 * count_if(is_closed and not has_closure_date) / nullif(count_if(is_closed), 0)
            as percent_closure_date_missing,
        100.0 * count_if(is_overlapping) / count(*) as percent_overlapping
    from returns
    group by rollup(census_year)
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
