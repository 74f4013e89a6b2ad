/*
One row per census year, authority, measure, topic and value: what the annual tables do not count, for the tables of the release.

R20: what became of a referral. R21: episodes of need open in the year are those that ended in it and those open on 31 March.
R24: `n_in_england` and `n_in_region` count a child that several authorities returned once, so they add up over authorities.
*/
{{ config(materialized='table') }}
{%- set topics = {'Total': "'Total'", 'Sex': 'sex', 'Age': 'age_band', 'Ethnicity': 'ethnic_group',
    'Disability': 'has_disability', 'Primary need': 'primary_need'} %}
with

profiles as (

    select
        * exclude (is_counted_in_england, is_counted_in_region, is_counted_in_authority),
        count_if(is_counted_in_england) as n_in_england,
        count_if(is_counted_in_region) as n_in_region,
        count_if(is_counted_in_authority) as n_in_authority
    from {{ ref('int_release__counted_children') }}
    group by all

),

children as (

    {% for topic, value in topics.items() -%}
    select
        census_year,
        local_authority_code,
        measure,
        '{{ topic }}' as topic,
        {{ value }} as category,
        sum(columns('^n_'))::bigint
    from profiles
    {{ "where measure = 'children_in_need_31_march'" if not loop.first }}
    group by census_year, local_authority_code, measure, category
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

episodes as (

    select
        years.census_year,
        identifiers.local_authority_code,
        sum(years.n_referrals_no_further_action)::bigint as referrals_no_further_action,
        sum(years.n_referrals_not_in_need)::bigint as referrals_not_in_need,
        sum(years.n_episodes_any_point)::bigint as episodes_any_point,
        sum(years.n_episodes_31_march)::bigint as episodes_31_march,
        episodes_any_point - episodes_31_march as episodes_ended
    from {{ ref('int_cin__la_child_years') }} as years
    inner join {{ ref('int_cin__identifiers') }} as identifiers on years.la_child_key = identifiers.la_child_key
    group by years.census_year, identifiers.local_authority_code

),

rows_read as (

    select
        census_year,
        local_authority_code,
        n_rows_read as rows_read,
        n_exact_duplicates as rows_duplicate,
        n_rejected as rows_rejected,
        n_reconciled as rows_reconciled
    from {{ ref('row_account') }}

),

closures as (

    select
        census_year,
        local_authority_code,
        n_checked as returns_closed,
        n_broken as returns_closed_without_date
    from {{ ref('dq_summary') }}
    where rule_id = 'closure_date_missing' and n_checked > 0

),

pmrs as (

    select
        census_year,
        local_authority_code,
        n_missing as rows_without_reference
    from {{ ref('missingness') }}
    where variable = 'pupil_matching_ref'

),

additive as (

    {% for table in ['episodes', 'rows_read', 'closures', 'pmrs'] -%}
    unpivot {{ table }}
    on columns(* exclude (census_year, local_authority_code))
    into name measure value n_in_authority
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted as (

    select * from children
    union all by name
    select
        *,
        'Total' as topic,
        'Total' as category,
        n_in_authority as n_in_region,
        n_in_authority as n_in_england
    from additive

)

select * from counted
