/*
One row per la_child_id, census year and count of children that the annual tables do not have, with what the child is counted as.

R24: England, a region and an authority each count a child once. Most children are one la_child_id and count wherever it is;
of the others one row counts at each level: that of the newest case in need, ties to the smaller la_child_id. Characteristics
are those of the child, so they are the same at every level, and the parts of England add up as its total does.
*/
with

measured as (

    select
        'children_in_need_31_march' as measure,
        *
    from {{ ref('int_cin__la_child_years') }}
    where is_in_need_31_march

    union all

    select
        'children_episodes_ended' as measure,
        *
    from {{ ref('int_cin__la_child_years') }}
    where n_episodes_any_point > n_episodes_31_march

),

placed as (

    select
        measured.measure,
        measured.census_year,
        measured.primary_need_code_31_march,
        measured.last_referral_date_31_march,
        identifiers.la_child_id,
        identifiers.child_key,
        identifiers.n_la_child_ids_of_child_id,
        identifiers.local_authority_code,
        authority_regions.region_code
    from measured
    inner join {{ ref('int_cin__identifiers') }} as identifiers on measured.la_child_key = identifiers.la_child_key
    left join {{ ref('int_cin__authority_regions') }} as authority_regions
        on identifiers.local_authority_code = authority_regions.local_authority_code

),

joined as (

    select
        *,
        row_number() over of_child = 1 as is_counted_in_england,
        row_number() over (
            partition by measure, census_year, child_key, region_code
            order by last_referral_date_31_march desc nulls last, la_child_id asc
        ) = 1 as is_counted_in_region,
        row_number() over (
            partition by measure, census_year, child_key, local_authority_code
            order by last_referral_date_31_march desc nulls last, la_child_id asc
        ) = 1 as is_counted_in_authority,
        first_value(primary_need_code_31_march) over of_child as primary_need_code
    from placed
    where n_la_child_ids_of_child_id > 1
    window of_child as (
        partition by measure, census_year, child_key
        order by last_referral_date_31_march desc nulls last, la_child_id asc
    )

),

counted as (

    select * from joined
    union all by name
    select
        *,
        true as is_counted_in_england,
        true as is_counted_in_region,
        true as is_counted_in_authority,
        primary_need_code_31_march as primary_need_code
    from placed
    where n_la_child_ids_of_child_id = 1

),

described as (

    select
        counted.measure,
        counted.census_year,
        counted.local_authority_code,
        counted.is_counted_in_england,
        counted.is_counted_in_region,
        counted.is_counted_in_authority,
        children.sex,
        children.ethnic_group,
        {{ age_band_on_31_march('children.birth_month_start', 'counted.census_year') }} as age_band,
        coalesce(children.has_disability, false)::varchar as has_disability,
        coalesce(counted.primary_need_code, 'not given') as primary_need
    from counted
    inner join {{ ref('int_cin__children') }} as children on counted.child_key = children.child_key

)

select * from described
