/*
One row per census year, geography and measure: children as the pipeline counts them under child_id, beside what a perfect
reading of the same returns would count (`attainable`), and beside the true children (`true`).
*/
{%- set levels = {'National': "'E92000001'", 'Regional': 'region_code', 'Local authority': 'local_authority_code'} %}
{%- set measures = {
    'recorded': 'recorded', 'open': 'open', 'protection_plan_any_point': 'protection_plan_any_point',
    'protection_plan_31_march': 'protection_plan_31_march', 'plans_started': 'plan_started'
} %}
{%- set measures_by_reading = {
    'in_need_any_point': 'in_need_any_point', 'in_need_31_march': 'in_need_31_march', 'entered': 'entered',
    'rereferred_12_months': 'rereferred', 'episodes_started': 'episode_started'
} %}
with

true_years as (

    select
        years.*,
        ids.attainable_key,
        ids.true_child_id,
        ids.local_authority_code,
        authority_regions.region_code
    from {{ ref('int_evaluation__la_child_years') }} as years
    inner join {{ ref('int_evaluation__ids') }} as ids on years.la_child_key = ids.la_child_key
    left join {{ ref('int_cin__authority_regions') }} as authority_regions
        on ids.local_authority_code = authority_regions.local_authority_code

),

{% for scheme, key in {'attainable': 'attainable_key', 'truth': 'true_child_id'}.items() %}
{%- for level, geography in levels.items() %}
{{ scheme }}_{{ loop.index }}_folded as (

    select
        census_year,
        {{ geography }} as geography_code,
        {%- for measure, flag in measures.items() %}
        bool_or(is_{{ flag }}) as {{ measure }},
        {%- endfor %}
        {%- for measure, flag in measures_by_reading.items() %}
        bool_or(is_{{ flag }}_by_{{ scheme }}) as {{ measure }},
        {%- endfor %}
        bool_or(is_referred) as referred
    from true_years
    group by census_year, geography_code, {{ key }}

),

{{ scheme }}_{{ loop.index }} as (

    select
        '{{ level }}' as geography_level,
        census_year,
        geography_code,
        count_if(columns(* exclude (census_year, geography_code)))
    from {{ scheme }}_{{ loop.index }}_folded
    group by census_year, geography_code

),
{% endfor %}
{{ scheme }}_levels as (

    {% for level in levels -%}
    select * from {{ scheme }}_{{ loop.index }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

{{ scheme }} as (

    unpivot {{ scheme }}_levels
    on columns(* exclude (census_year, geography_level, geography_code))
    into name measure value n_children

),
{% endfor %}
found as (

    select * from {{ ref('annual_prevalence') }}
    union all
    select * from {{ ref('annual_incidence') }}

),

compared as (

    select
        found.census_year,
        found.geography_level,
        found.geography_code,
        found.measure,
        found.n_children,
        attainable.n_children as n_children_attainable,
        truth.n_children as n_children_true,
        100.0 * (found.n_children - attainable.n_children) / nullif(attainable.n_children, 0) as percent_off_attainable,
        100.0 * (found.n_children - truth.n_children) / nullif(truth.n_children, 0) as percent_off_truth
    from found
    {% for scheme in ['attainable', 'truth'] -%}
    inner join {{ scheme }}
        on
            found.census_year = {{ scheme }}.census_year
            and found.geography_level = {{ scheme }}.geography_level
            and found.geography_code = {{ scheme }}.geography_code
            and found.measure = {{ scheme }}.measure
    {% endfor %}
    where found.id_scheme = 'child_id'

)

select * from compared
order by census_year, geography_level, geography_code, measure
