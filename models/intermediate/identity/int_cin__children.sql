/*
One row per child_id: what is known of the child over all its la_child_ids.

Each fact is the newest known: from the la_child_id last returned, ties to the smaller la_child_id (R11).
*/
with

identifiers as (

    select * from {{ ref('int_cin__identifiers') }}

),

la_children as (

    select * from {{ ref('int_cin__la_children') }}

),

joined as (

    select
        identifiers.child_key,
        identifiers.child_id,
        la_children.* exclude (la_child_key),
        -- newest first; among equals the smaller la_child_id, by its place in order of text
        la_children.last_census_year::bigint * 10000
        - row_number() over (partition by identifiers.child_key order by identifiers.la_child_id) as recency
    from identifiers
    inner join la_children on identifiers.la_child_key = la_children.la_child_key

),

children as (

    select
        child_key,
        min(child_id) as child_id,
        list_unique(list(local_authority_code))::smallint as n_local_authorities,
        count(*)::smallint as n_la_child_ids,
        min(first_census_year) as first_census_year,
        max(last_census_year) as last_census_year,
        coalesce(arg_max(sex, recency) filter (where sex <> 'unknown'), max(sex), 'unknown') as sex,
        coalesce(
            arg_max(ethnicity_code, recency) filter (where ethnic_group <> 'Unknown'),
            max(ethnicity_code)
        ) as ethnicity_code,
        coalesce(arg_max(ethnic_group, recency) filter (where ethnic_group <> 'Unknown'), 'Unknown') as ethnic_group,
        arg_max(birth_month_start, recency) as birth_month_start,
        max(death_date) as death_date,
        bool_or(has_disability) as has_disability
    from joined
    group by child_key

)

select * from children
