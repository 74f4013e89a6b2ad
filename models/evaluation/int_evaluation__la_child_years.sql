/*
One row per la_child_id and census year: what a perfect reading of the same returns would count of it (R21, R22).
Built from the true cases and plans of which the extract has a row, with their true dates as far as a return could know them. Two
readings: `attainable` follows ids that recorded identifiers can join, and takes need as the returns give it; `truth` follows
the true child, and takes the true need. A continued case counts with one authority at a time (R24). What no return holds is
not here; `evaluation_summary` counts that apart.
*/
{{ config(database="cin_work") }}
{%- set schemes = {'attainable': 'attainable_key', 'truth': 'true_child_id'} %}
{%- set needs = {'attainable': 'is_in_need_as_returned', 'truth': 'is_in_need'} %}
with

census_years as (

    select * from {{ ref('census_years') }}
    where census_year in (select census_year from {{ source('landing', 'delivered_years') }})

),

years_without_authority as (

    select * from {{ ref('local_authority_returns') }}
    where not is_in_force and not has_returned

),

sequenced as (

    select
        {%- for scheme, key in schemes.items() %}
        max(episodes.referral_date) over (
            partition by ids.{{ key }} order by episodes.referral_date
            range between unbounded preceding and interval 1 day preceding
        ) as previous_referral_date_of_{{ scheme }},
        {%- endfor %}
        ids.local_authority_code,
        episodes.*
    from {{ ref('int_evaluation__episodes') }} as episodes
    inner join {{ ref('int_evaluation__ids') }} as ids on episodes.la_child_key = ids.la_child_key
    where episodes.is_true and episodes.is_found and episodes.is_in_extract

),

episodes as (

    select
        sequenced.la_child_key,
        {{ is_returned_in('sequenced.returned_years', 'census_years.census_year') }} as is_recorded,
        sequenced.referral_date <= census_years.census_day
        and coalesce(sequenced.known_end, date '9999-12-31') >= census_years.first_day as is_open,
        coalesce(sequenced.known_end, date '9999-12-31') > census_years.census_day
        or (sequenced.known_end = census_years.census_day and sequenced.is_open_on_known_end) as is_open_31_march,
        is_open and sequenced.referral_date >= census_years.first_day and not sequenced.is_continued_from_predecessor
            as is_referred,
        {%- for scheme in schemes %}
        is_referred and sequenced.previous_referral_date_of_{{ scheme }} is null as is_entered_by_{{ scheme }},
        is_referred
        and sequenced.previous_referral_date_of_{{ scheme }} >= sequenced.referral_date - interval 12 months
            as is_rereferred_by_{{ scheme }},
        is_open and sequenced.{{ needs[scheme] }} as is_in_need_any_point_by_{{ scheme }},
        is_in_need_any_point_by_{{ scheme }} and is_open_31_march as is_in_need_31_march_by_{{ scheme }},
        is_referred and sequenced.{{ needs[scheme] }} as is_episode_started_by_{{ scheme }},
        {%- endfor %}
        census_years.census_year
    from sequenced
    cross join census_years
    anti join years_without_authority
        on
            sequenced.local_authority_code = years_without_authority.local_authority_code
            and census_years.census_year = years_without_authority.census_year
    where is_recorded or is_open

),

plans as (

    select
        plans.la_child_key,
        true as is_protection_plan_any_point,
        coalesce(plans.known_end, date '9999-12-31') > census_years.census_day
        or (plans.known_end = census_years.census_day and plans.is_open_on_known_end) as is_protection_plan_31_march,
        plans.plan_start_date >= census_years.first_day as is_plan_started,
        census_years.census_year
    from {{ ref('int_evaluation__plans') }} as plans
    inner join census_years
        on
            plans.plan_start_date <= census_years.census_day
            and coalesce(plans.known_end, date '9999-12-31') >= census_years.first_day
    where plans.is_true and plans.is_found and plans.is_in_extract

),

observed as (

    select * from episodes
    union all by name
    select * from plans

),

summed as (

    select
        la_child_key,
        census_year,
        {%- for flag in ['recorded', 'open', 'protection_plan_any_point', 'protection_plan_31_march', 'plan_started'] %}
        coalesce(bool_or(is_{{ flag }}), false) as is_{{ flag }},
        {%- endfor %}
        {%- for flag in ['in_need_any_point', 'in_need_31_march', 'entered', 'rereferred', 'episode_started'] %}
        {%- for scheme in schemes %}
        coalesce(bool_or(is_{{ flag }}_by_{{ scheme }}), false) as is_{{ flag }}_by_{{ scheme }},
        {%- endfor %}
        {%- endfor %}
        coalesce(bool_or(is_referred), false) as is_referred
    from observed
    group by la_child_key, census_year

)

select * from summed
