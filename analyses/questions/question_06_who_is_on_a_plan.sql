-- Who was on a child protection plan on the last 31 March but one, for which category of abuse, and for how long?
with

years as (

    select
        first_day,
        census_day
    from {{ ref('census_years') }}
    where census_year = (select max(census_year) - 1 from {{ ref('child_years') }})

),

plans as (

    select
        plans.*,
        years.census_day - plans.plan_start_date as n_days_so_far,
        plans.plan_end_date - plans.plan_start_date as n_days,
        plans.plan_start_date <= years.census_day
        and (
            plans.plan_end_date_for_counting is null
            or plans.plan_end_date_for_counting > years.census_day
            or (plans.plan_end_date_for_counting = years.census_day and plans.is_open_on_end_date)
        ) as is_running,
        coalesce(plans.plan_end_date between years.first_day and years.census_day, false)
        and not plans.is_end_before_start as is_ended
    from {{ ref('child_protection_plans') }} as plans
    cross join years

)

select
    if(grouping(categories.label) = 1, 'all', coalesce(categories.label, 'not given')) as latest_category,
    count(distinct plans.child_id) filter (where plans.is_running) as n_children_on_31_march,
    round(100.0 * count_if(plans.is_running and plans.n_previous_plans > 0) / nullif(count_if(plans.is_running), 0), 1)
        as percent_second_or_later,
    quantile_disc(plans.n_days_so_far, 0.5) filter (where plans.is_running) as median_days_so_far,
    count_if(plans.is_ended) as n_plans_ended,
    quantile_disc(plans.n_days, 0.5) filter (where plans.is_ended) as median_days_when_ended
from plans
left join {{ ref('code_lists') }} as categories
    on
        categories.code_list = 'abuse_category_code'
        and plans.latest_abuse_category_code = categories.code
        -- labels change: the one of the newest year
        and (select max(census_year) from {{ ref('child_years') }})
        between categories.first_census_year and coalesce(categories.last_census_year, 9999)
where plans.is_running or plans.is_ended
group by rollup(categories.label)
order by grouping(categories.label) asc, n_children_on_31_march desc, latest_category asc
