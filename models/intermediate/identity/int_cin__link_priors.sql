/*
One row per comparison and level: how many true and false pairs show it, before any shared reference is looked at (R8, D29).

True: the returns of one la_child_id, which is one child by definition: the first, third and so on against the second, fourth and
so on. So often month of birth, sex or ethnic group change in this extract. False: an id beside another picked by chance; so
common are the values. They count as a hundred pairs, since false references are not quite chance. One id in eight serves for
both. The pairs of the seed `link_comparisons` are added, so that a small extract stays sane; of place nothing else is known
beforehand.
*/
with

ids as (

    select
        la_child_key,
        if(birth_month_start is null or is_birth_month_expected, null, [birth_month_start]) as birth_months,
        if(sex = 'unknown', null, [sex]) as sexes,
        if(ethnic_group = 'Unknown', null, [ethnic_group]) as ethnic_groups
    from {{ ref('int_cin__la_children') }}
    where la_child_key % 8 = 0

),

returns as (

    select
        records.la_child_key,
        dense_rank() over (partition by records.la_child_key order by records.census_year) % 2 as half,
        list(distinct make_date(records.birth_year, records.birth_month, 1)) filter (
            where records.birth_year is not null and records.birth_month is not null and not coalesce(records.is_unborn, false)
        ) as births,
        list(distinct sexes.sex) filter (where sexes.sex <> 'unknown') as sexes,
        list(distinct ethnic_groups.ethnic_group) filter (where ethnic_groups.ethnic_group <> 'Unknown') as ethnic_groups
    from {{ ref('int_cin__records') }} as records
    left join {{ ref('sexes') }} as sexes on records.sex_code = sexes.sex_code
    left join {{ ref('ethnic_groups') }} as ethnic_groups on records.ethnicity_code = ethnic_groups.ethnicity_code
    where records.rejection_reason is null and records.la_child_key % 8 = 0
    group by records.la_child_key, records.census_year

),

halves as (

    select
        la_child_key,
        flatten(list(births) filter (where half = 0 and births is not null)) as births_0,
        flatten(list(births) filter (where half = 1 and births is not null)) as births_1,
        flatten(list(sexes) filter (where half = 0 and sexes is not null)) as sexes_0,
        flatten(list(sexes) filter (where half = 1 and sexes is not null)) as sexes_1,
        flatten(list(ethnic_groups) filter (where half = 0 and ethnic_groups is not null)) as ethnic_groups_0,
        flatten(list(ethnic_groups) filter (where half = 1 and ethnic_groups is not null)) as ethnic_groups_1
    from returns
    group by la_child_key

),

compared as (

    select
        true as is_true,
        {{ births_compared('births_0', 'births_1') }} as birth_month,
        {{ facts_compared('sexes_0', 'sexes_1') }} as sex,
        {{ facts_compared('ethnic_groups_0', 'ethnic_groups_1') }} as ethnic_group
    from halves

    union all

    select
        false as is_true,
        {{ births_compared('birth_months', 'lag(birth_months) over ids_by_hash') }} as birth_month,
        {{ facts_compared('sexes', 'lag(sexes) over ids_by_hash') }} as sex,
        {{ facts_compared('ethnic_groups', 'lag(ethnic_groups) over ids_by_hash') }} as ethnic_group
    from ids
    window ids_by_hash as (order by la_child_key)

),

shown as (

    unpivot compared on birth_month, sex, ethnic_group into name comparison value level

),

counted as (

    select
        comparison,
        level,
        count(*) filter (where is_true) as n_true_pairs,
        100.0 * count(*) filter (where not is_true)
        / sum(count(*) filter (where not is_true)) over (partition by comparison) as n_false_pairs
    from shown
    group by comparison, level

),

priors as (

    select
        comparisons.comparison,
        comparisons.level,
        comparisons.n_true_pairs + coalesce(counted.n_true_pairs, 0) as n_true_pairs,
        comparisons.n_false_pairs + coalesce(counted.n_false_pairs, 0) as n_false_pairs
    from {{ ref('link_comparisons') }} as comparisons
    left join counted on comparisons.comparison = counted.comparison and comparisons.level = counted.level

)

select * from priors
