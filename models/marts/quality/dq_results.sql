/*
One row per quality rule and record, case, plan, child or return that broke it. Keys only, no values. Rules that only
describe (`is_fault` false in `dq_rules`) are counted in `dq_summary` and not listed.

Where the rule is about a child of one authority, its id is looked up; where it is about a whole return, there is none.
*/
{%- set entities = quality_entities() %}
with

{% for entity in entities -%}
{%- set rules = rule_columns(entity.key_columns + entity.descriptive_rules) %}
{{ entity.name }}_flags as (

    select {{ entity.key_columns | join(', ') }}, nullif({{ rules }}, false)
    from {{ ref(entity.model) }}
    where greatest(*{{ rules }})

),

{% endfor -%}
broken as (

    {% for entity in entities -%}
    select
        '{{ entity.name }}' as entity,
        * exclude (is_broken)
    from (
        unpivot {{ entity.name }}_flags on {{ rule_columns(entity.key_columns) }} into name rule_id value is_broken
    )
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

),

named as (

    select
        broken.rule_id,
        broken.entity,
        broken.census_year,
        broken.local_authority_code,
        coalesce(broken.la_child_id, la_children.la_child_id) as la_child_id,
        broken.referral_date,
        broken.plan_start_date
    from broken
    left join {{ ref('int_cin__la_children') }} as la_children on broken.la_child_key = la_children.la_child_key
    left join {{ ref('dq_rules') }} as rules on broken.rule_id = rules.rule_id
    where not coalesce(list_contains(rules.census_years_not_delivered, broken.census_year), false)  -- R26

)

select * from named
