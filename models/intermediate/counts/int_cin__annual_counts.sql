/*
One row per census year, geography and id scheme, with every measure counted (R21, R22).

R24: England and the regions count an id once; an authority counts each id it returned. A child_id returned by two
authorities counts in both, and once in England. Authorities whose code is in no list count in England alone.
*/
{%- set schemes = id_schemes() %}
with

la_child_years as (

    select
        years.*,
        {%- for key in schemes.values() if key != 'la_child_key' %}
        identifiers.{{ key }},
        {%- endfor %}
        'E92000001' as national_code,
        regions.region_code as regional_code,
        identifiers.local_authority_code
    from {{ ref('int_cin__la_child_years') }} as years
    inner join {{ ref('int_cin__identifiers') }} as identifiers on years.la_child_key = identifiers.la_child_key
    left join {{ ref('int_cin__authority_regions') }} as regions
        on identifiers.local_authority_code = regions.local_authority_code

),
{% for level, geography in {'National': 'national_code', 'Regional': 'regional_code', 'Local authority': 'local_authority_code'}.items() %}
{%- for scheme, key in schemes.items() %}
{%- set name = scheme ~ '_' ~ geography %}
{{ name }}_ids as (

    select
        census_year,
        {{ geography }} as geography_code,
        {%- for measure in prevalence_measures() %}
        bool_or(is_{{ measure }}) as is_{{ measure }},
        {%- endfor %}
        bool_or(is_referred) as is_referred,
        bool_or(is_entered_by_{{ scheme }}) as is_entered,
        sum(n_referrals) as n_referrals,
        sum(n_rereferrals_by_{{ scheme }}) as n_rereferrals,
        sum(n_episodes_started) as n_episodes_started,
        sum(n_plans_started) as n_plans_started
    from la_child_years
    where {{ geography }} is not null
    group by census_year, {{ geography }}, {{ key }}

),

{{ name }} as (

    select
        census_year,
        '{{ level }}' as geography_level,
        geography_code,
        '{{ scheme }}' as id_scheme,
        {%- for measure in prevalence_measures() %}
        count_if(is_{{ measure }}) as n_children_{{ measure }},
        {%- endfor %}
        count_if(is_referred) as n_children_referrals,
        count_if(is_referred) as n_children_referred,
        count_if(is_referred and is_entered) as n_children_entered,
        count_if(is_referred and not is_entered) as n_children_re_entered,
        count_if(n_rereferrals > 0) as n_children_rereferred_12_months,
        count_if(n_episodes_started > 0) as n_children_episodes_started,
        count_if(n_plans_started > 0) as n_children_plans_started,
        sum(n_referrals) as n_events_referrals,
        sum(n_rereferrals) as n_events_rereferred_12_months,
        sum(n_episodes_started) as n_events_episodes_started,
        sum(n_plans_started) as n_events_plans_started
    from {{ name }}_ids
    group by census_year, geography_code

),
{% endfor %}
{%- endfor %}
counted as (

    {% for geography in ['national_code', 'regional_code', 'local_authority_code'] -%}
    {% for scheme in schemes -%}
    select * from {{ scheme }}_{{ geography }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {%- if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from counted
