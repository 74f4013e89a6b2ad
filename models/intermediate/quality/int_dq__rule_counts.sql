/*
One row per quality rule, census year and local authority: how many were checked, how many broke it.

Each entity is read once for all its rules, then turned on its side. Thresholds play no part here: a changed threshold
is judged anew from this table, without reading the data again. A row without a year, all zero, shows that a rule was
evaluated even where the extract has nothing to check it on.
*/
{{ config(materialized='table') }}
{%- set entities = quality_entities() %}
with

{% for entity in entities -%}
{{ entity.name }}_counts as (

    {%- set rules = rule_columns(entity.key_columns) %}
    select
        census_year,
        local_authority_code,
        struct_pack(n_checked := count({{ rules }}), n_broken := count_if({{ rules }})) as '\0'  -- noqa: RF05
    from {{ ref(entity.model) }}
    group by census_year, local_authority_code

    union all

    select
        null as census_year,
        null as local_authority_code,
        struct_pack(n_checked := count({{ rules }}), n_broken := count_if({{ rules }})) as '\0'  -- noqa: RF05
    from {{ ref(entity.model) }}
    where false

),

{% endfor -%}
turned as (

    {% for entity in entities -%}
    select
        '{{ entity.name }}' as entity,
        census_year,
        local_authority_code,
        rule_id,
        counts
    from (
        unpivot {{ entity.name }}_counts
        on {{ rule_columns(['census_year', 'local_authority_code']) }}
        into name rule_id value counts
    )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted as (

    select
        rule_id,
        entity,
        census_year,
        local_authority_code,
        struct_extract(counts, 'n_checked')::bigint as n_checked,
        coalesce(struct_extract(counts, 'n_broken'), 0)::bigint as n_broken
    from turned

)

select * from counted
