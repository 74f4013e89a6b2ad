-- Of children born July 2012 to June 2013, what share was ever referred, in need or on a plan before each of five birthdays?
-- They are the children aged 0 on 30 June 2013, aged 1 a year later, and so on: the ages of the population estimates.
with

cohort as (

    select
        child_id,
        make_date(birth_year, birth_month, 1) as birth_date
    from {{ ref('children') }}
    where make_date(birth_year, birth_month, 1) between date '2012-07-01' and date '2013-06-30'

),

events as (

    select
        child_id,
        la_child_id,
        'referred' as event,
        referral_date as event_date
    from {{ ref('episodes') }}
    union all
    select
        child_id,
        la_child_id,
        'in_need' as event,
        referral_date as event_date
    from {{ ref('episodes') }}
    where is_in_need
    union all
    select
        child_id,
        la_child_id,
        'on_plan' as event,
        plan_start_date as event_date
    from {{ ref('child_protection_plans') }}

),

dated as (

    select
        events.*,
        date_diff('month', cohort.birth_date, events.event_date) as age_in_months
    from cohort
    inner join events on cohort.child_id = events.child_id
    -- more than nine months before birth is an error of a date
    where events.event_date >= cohort.birth_date - interval 9 months

),

-- the share of England that the extract stands for
sampling as (

    select max(counted.population / england.n_children_0_17) as fraction
    from {{ ref('annual_prevalence') }} as counted
    inner join {{ ref('population_0_17') }} as england
        on counted.census_year = england.census_year and counted.geography_code = england.geography_code
    where counted.geography_level = 'National'

),

birthdays as (

    select unnest(range(6)) as birthday  -- 0 is birth

),

-- the children of England who are of that age at the time
ages as (

    select
        birthdays.birthday,
        population.n_children * sampling.fraction as population
    from birthdays
    inner join {{ ref('population_by_age') }} as population
        on
            population.age = greatest(birthdays.birthday - 1, 0)
            and population.mid_year = 2013 + population.age
    cross join sampling

)

select
    if(ages.birthday = 0, 'birth', 'birthday ' || ages.birthday) as before,
    any_value(ages.population)::integer as population,
    count(distinct dated.child_id) filter (where dated.event = 'referred') as n_referred,
    round(100.0 * count(distinct dated.child_id) filter (where dated.event = 'referred') / any_value(ages.population), 1)
        as percent_referred,
    round(100.0 * count(distinct dated.child_id) filter (where dated.event = 'in_need') / any_value(ages.population), 1)
        as percent_in_need,
    round(100.0 * count(distinct dated.child_id) filter (where dated.event = 'on_plan') / any_value(ages.population), 1)
        as percent_on_plan,
    round(100.0 * count(distinct dated.la_child_id) filter (where dated.event = 'referred') / any_value(ages.population), 1)
        as percent_referred_by_la_child_id
from ages
inner join dated on dated.age_in_months < 12 * ages.birthday
group by ages.birthday
order by ages.birthday
