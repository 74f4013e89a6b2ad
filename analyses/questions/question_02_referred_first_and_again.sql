-- Of the children referred in a year, how many for the first time? How many referrals came within 12 months of another?
with

followed as (

    select
        census_year,
        max(n_children) filter (where measure = 'referred') as n_referred,
        max(n_children) filter (where measure = 'entered') as n_first,
        max(n_children) filter (where measure = 're_entered') as n_again
    from {{ ref('annual_incidence') }}
    where geography_level = 'National' and id_scheme = 'child_id'
    group by census_year

),

-- as DfE counts: referrals, within one authority
within_authority as (

    select
        census_year,
        max(n_events) filter (where measure = 'referrals') as n_referrals,
        max(n_events) filter (where measure = 'rereferred_12_months') as n_rereferrals,
        max(published_n_events) filter (where measure = 'referrals') as published_n_referrals,
        max(published_n_events) filter (where measure = 'rereferred_12_months') as published_n_rereferrals
    from {{ ref('annual_incidence') }}
    where geography_level = 'National' and id_scheme = 'la_child_id'
    group by census_year

)

select
    followed.*,
    round(100.0 * followed.n_first / followed.n_referred, 1) as percent_first,
    within_authority.n_referrals,
    round(100.0 * within_authority.n_rereferrals / within_authority.n_referrals, 1) as percent_rereferrals,
    round(100.0 * within_authority.published_n_rereferrals / within_authority.published_n_referrals, 1)
        as published_percent_rereferrals
from followed
inner join within_authority on followed.census_year = within_authority.census_year
order by followed.census_year
