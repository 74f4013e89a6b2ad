/*
One row per la_child_id and id scheme: with how many other la_child_ids it shares the id, and with how many it should.

Summed over ids these are pairs, counted from both ends: the pairs found, true, and both.
*/
{{ config(database="cin_work") }}
with

ids as (

    select * from {{ ref('int_evaluation__ids') }}

),

neighbours as (

    {% for scheme, key in id_schemes().items() -%}
    select
        la_child_key,
        '{{ scheme }}' as id_scheme,
        count(*) over (partition by {{ key }}) - 1 as n_found,
        count(*) over (partition by true_child_id) - 1 as n_true,
        count(*) over (partition by {{ key }}, true_child_id) - 1 as n_found_and_true,
        count(*) over (partition by attainable_key) - 1 as n_attainable,
        count(*) over (partition by {{ key }}, attainable_key) - 1 as n_found_and_attainable
    from ids
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from neighbours
