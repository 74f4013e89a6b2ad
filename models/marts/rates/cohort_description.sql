/*
One row per period, characteristic and category: the paper's description of its cohort, beside the printed percentages.

Two periods: the paper's years as far as the extract has them (children first returned in them), and the whole extract; one
where they agree. Every category is shown, also with no child in it. The mean age is over the paper's range, 0 to 25.
*/
with

children as (

    select * from {{ ref('int_cin__paper_children') }}

),

extract_years as (

    select
        min(first_census_year) as first_year,
        max(last_census_year) as last_year
    from children

),

periods as (

    select distinct
        extract_years.first_year || '-' || ends.last_year as period,
        ends.last_year
    from extract_years
    cross join unnest([least(extract_years.last_year, 2016), extract_years.last_year]) as ends (last_year)
    where ends.last_year >= extract_years.first_year

),

children_of_period as (

    select
        periods.period,
        children.sex,
        children.ethnic_group,
        children.age_band as age_at_first_referral,
        children.primary_need_code,
        coalesce(children.first_year_with_plan <= periods.last_year, false)::varchar as is_ever_on_protection_plan,
        count(*) as n_la_child_ids,
        sum(children.age_at_first_referral) as summed_age
    from children
    inner join periods on children.first_census_year <= periods.last_year
    group by all

),

turned as (

    unpivot children_of_period
    on sex, ethnic_group, age_at_first_referral, primary_need_code, is_ever_on_protection_plan
    into name characteristic value category

),

counted as (

    select
        period,
        characteristic,
        category,
        sum(n_la_child_ids)::bigint as n_la_child_ids,
        100.0 * sum(n_la_child_ids) / sum(sum(n_la_child_ids)) over (partition by period, characteristic) as percent,
        null::double as value
    from turned
    group by period, characteristic, category

    union all

    select
        period,
        'age_at_first_referral' as characteristic,
        'mean' as category,
        sum(n_la_child_ids)::bigint as n_la_child_ids,
        null::double as percent,
        sum(summed_age) / sum(n_la_child_ids) as value
    from children_of_period
    where age_at_first_referral in ('0', '1-4', '5-9', '10-15', '16-25')
    group by period

),

compared as (

    select
        periods.period,
        periods.period = '2009-2016' as is_period_of_paper,
        printed.characteristic,
        printed.category,
        printed.label,
        printed.sort_order,
        coalesce(counted.n_la_child_ids, 0) as n_la_child_ids,
        if(printed.category = 'mean', null, coalesce(counted.percent, 0)) as percent,
        counted.value,
        printed.printed_percent,
        printed.printed_value,
        printed.note as printed_note
    from periods
    cross join {{ ref('published_cohort_description') }} as printed
    left join counted
        on
            periods.period = counted.period
            and printed.characteristic = counted.characteristic
            and printed.category = counted.category

)

select * from compared
order by period, characteristic, sort_order
