/*
One row per la_child_id and census year in which it was recorded, open or on a plan: what is counted of it that year.
R21: at any point means until the first day of the year or later; on 31 March means not closed by then, or returned as open that
day (D12). R22: referrals dated in the year; first and repeated ones under each id. R23: 2009 is October 2008 to March 2009.
R24: an authority counts while it is in force or returns: a continued case counts with the predecessor, then the successor.
*/
with

census_years as (

    select * from {{ ref('census_years') }}
    where census_year in (select census_year from {{ source('landing', 'delivered_years') }})

),

episode_years as (

    select
        episodes.*,
        census_years.*,
        {{ is_returned_in('episodes.returned_years', 'census_years.census_year') }} as is_recorded,
        episodes.referral_date <= census_years.census_day
        and coalesce(episodes.closure_date_for_counting >= census_years.first_day, true) as is_open
    from {{ ref('int_cin__episodes_in_sequence') }} as episodes
    cross join census_years
    where is_recorded or is_open

),

episodes as (

    select
        la_child_key,
        local_authority_code,
        census_year,
        is_recorded,
        is_open,
        is_open and is_in_need as is_in_need_any_point,
        is_in_need_any_point
        and (
            closure_date_for_counting is null
            or closure_date_for_counting > census_day
            or (closure_date_for_counting = census_day and is_open_on_closure_date)
        ) as is_in_need_31_march,
        is_open and referral_date >= first_day and not coalesce(is_continued_from_predecessor, false) as is_referred,
        {%- for scheme in id_schemes() %}
        is_referred and previous_referral_date_of_{{ scheme }} is null as is_entered_by_{{ scheme }},
        is_referred
        and previous_referral_date_of_{{ scheme }} < referral_date
        and previous_referral_date_of_{{ scheme }} >= referral_date - interval 12 months as is_rereferred_by_{{ scheme }},
        {%- endfor %}
        is_referred and is_in_need as is_episode_started,
        is_referred and is_no_further_action as is_referral_without_action,
        is_referred and is_not_in_need as is_referral_not_in_need,
        referral_date,
        primary_need_code
    from episode_years

),

observed as (

    select * from episodes
    union all by name
    select
        identifiers.la_child_key,
        identifiers.local_authority_code,
        census_years.census_year,
        true as is_protection_plan_any_point,
        plans.plan_end_date_for_counting is null
        or plans.plan_end_date_for_counting > census_years.census_day
        or (plans.plan_end_date_for_counting = census_years.census_day and plans.is_open_on_end_date)
            as is_protection_plan_31_march,
        plans.plan_start_date >= census_years.first_day as is_plan_started
    from {{ ref('child_protection_plans') }} as plans
    inner join {{ ref('int_cin__identifiers') }} as identifiers on plans.la_child_id = identifiers.la_child_id
    inner join census_years
        on
            plans.plan_start_date <= census_years.census_day
            and coalesce(plans.plan_end_date_for_counting, date '9999-12-31') >= census_years.first_day

),

years_without_authority as (

    select * from {{ ref('local_authority_returns') }}
    where not is_in_force and not has_returned

),

summed as (

    select
        la_child_key,
        census_year,
        {%- for flag in prevalence_measures() + ['referred'] %}
        coalesce(bool_or(is_{{ flag }}), false) as is_{{ flag }},
        {%- endfor %}
        {%- for scheme in id_schemes() %}
        coalesce(bool_or(is_entered_by_{{ scheme }}), false) as is_entered_by_{{ scheme }},
        (count(*) filter (where is_rereferred_by_{{ scheme }}))::smallint as n_rereferrals_by_{{ scheme }},
        {%- endfor %}
        {%- for event, flag in {'referrals': 'is_referred', 'referrals_no_further_action': 'is_referral_without_action',
            'referrals_not_in_need': 'is_referral_not_in_need', 'episodes_started': 'is_episode_started',
            'episodes_any_point': 'is_in_need_any_point', 'episodes_31_march': 'is_in_need_31_march',
            'plans_started': 'is_plan_started'}.items() %}
        (count(*) filter (where {{ flag }}))::smallint as n_{{ event }},
        {%- endfor %}
        max(referral_date) filter (where is_in_need_31_march) as last_referral_date_31_march,
        arg_max_null(primary_need_code, referral_date) filter (where is_in_need_31_march) as primary_need_code_31_march
    from observed
    anti join years_without_authority
        on
            observed.local_authority_code = years_without_authority.local_authority_code
            and observed.census_year = years_without_authority.census_year
    group by la_child_key, census_year

)

select * from summed
