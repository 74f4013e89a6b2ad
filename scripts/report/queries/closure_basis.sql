/* One row per census year of referral and closure basis, also where no episode has it; with all referrals of the year. */
with

years as (

    select
        calendar.census_year,
        calendar.first_day,
        calendar.census_day
    from reference.census_years as calendar
    inner join cohort_table_1 on calendar.census_year = cohort_table_1.census_year

),

bases as (

    select unnest(['recorded', 'no_further_action', 'next_referral', 'last_return', 'censored', 'open']) as closure_basis

)

select
    years.census_year,
    bases.closure_basis,
    count_if(episodes.closure_basis = bases.closure_basis) as n_episodes,
    count(episodes.closure_basis) as n_total
from years
cross join bases
left join episodes on episodes.referral_date between years.first_day and years.census_day
group by years.census_year, bases.closure_basis
order by years.census_year, bases.closure_basis
