/*
One row per local authority, census year and measure: the count, the year before, the change, and whether DfE would query it.

Children are counted under la_child_id, events as in the annual tables; referrals by outcome in the year of the referral.
A change is not judged on fewer than 100 the year before, nor where either year is the half year 2009 or was not returned.
*/
{%- set counted = {
    'recorded': 'n_children_recorded',
    'in_need_any_point': 'n_children_in_need_any_point',
    'in_need_31_march': 'n_children_in_need_31_march',
    'referrals': 'n_events_referrals',
    'episodes_started': 'n_events_episodes_started',
    'plans_started': 'n_events_plans_started',
    'protection_plan_31_march': 'n_children_protection_plan_31_march',
} %}
with

counts as (

    select * from {{ ref('int_cin__annual_counts') }}
    where geography_level = 'Local authority' and id_scheme = 'la_child_id'

),

outcomes as (

    select
        local_authority_code,
        -- the census year runs from April: nine months on, the calendar year is its number
        year(referral_date + interval 9 months)::smallint as census_year,
        count_if(is_no_further_action) as no_further_action,
        count_if(is_not_in_need) as not_in_need
    from {{ ref('int_cin__episodes_in_sequence') }}
    where not is_continued_from_predecessor
    group by all

),

measured as (

    {% for measure, column in counted.items() -%}
    select geography_code as local_authority_code, census_year, '{{ measure }}' as measure, {{ column }} as n from counts
    union all
    {% endfor -%}
    {% for measure in ['no_further_action', 'not_in_need'] -%}
    select local_authority_code, census_year, '{{ measure }}' as measure, {{ measure }} as n from outcomes
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

thresholds as (

    select * from {{ ref('dq_change_thresholds') }}

),

authority_years as (

    select
        local_authority_code,
        census_year,
        has_returned,
        lag(has_returned) over (partition by local_authority_code order by census_year) as had_returned,
        lag(census_year) over (partition by local_authority_code order by census_year) as previous_census_year
    from {{ ref('local_authority_returns') }}

),

compared as (

    select
        authority_years.*,
        thresholds.measure,
        thresholds.threshold_percent,
        coalesce(measured.n, 0)::bigint as n,
        lag(coalesce(measured.n, 0)::bigint) over (
            partition by authority_years.local_authority_code, thresholds.measure order by authority_years.census_year
        ) as n_previous
    from authority_years
    cross join thresholds
    left join measured
        on
            authority_years.local_authority_code = measured.local_authority_code
            and authority_years.census_year = measured.census_year
            and thresholds.measure = measured.measure

),

reasoned as (

    select
        *,
        100.0 * (n - n_previous) / nullif(n_previous, 0) as change_percent,
        case
            when coalesce(previous_census_year <> census_year - 1, true) then 'no_year_before'
            when not has_returned or not had_returned then 'no_return'
            when census_year = 2010 then 'half_year'
            when n_previous < 100 then 'small_number'
        end as not_applicable_reason
    from compared

)

select
    local_authority_code,
    census_year,
    measure,
    n,
    n_previous,
    change_percent,
    threshold_percent,
    case
        when not_applicable_reason is not null then 'not_applicable'
        when abs(change_percent) > threshold_percent then 'queried'
        else 'within_threshold'
    end as status,
    not_applicable_reason
from reasoned
order by local_authority_code, census_year, measure
