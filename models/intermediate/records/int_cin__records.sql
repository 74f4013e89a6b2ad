/*
One row per row read from the main files, every census year: the one place where the delivery is read.

R1: rows that cannot be told to a child and a referral keep their reason in `rejection_reason`; nothing is dropped here.
R2: `<column>_is_invalid` marks what was given but could not be read.
R3: codes are checked against the list in force in the census year; known legacy spellings are mapped, the rest are null.
R5: `la_child_key` stands for authority code + local child id. It is a hash: fast to join on, never published (D6).
R11: `record_priority` orders the records of one episode: newest census year, then latest closure date,
then a hash of the values, so that ties never fall by row order (D8).
*/
{{ config(post_hook=unreadable_lines_statement('cin')) }}
{%- set code_lists = code_columns() %}
with

returns as (

    {% for census_year in census_years() -%}
    select * from {{ ref('stg_cin__' ~ census_year) }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}

),

accepted_codes as (

    select * from {{ ref('int_cin__accepted_codes') }}

),

checked as (

    select
        returns.* exclude ({{ code_lists | join(', ') }}),
        {%- for column in code_lists %}
        {{ column }}_list.code as {{ column }},
        returns.{{ column }} is not null and {{ column }}_list.code is null as {{ column }}_is_invalid,
        {%- endfor %}
        {{ is_of_census_year('returns') }} as is_of_census_year
    from returns
    {% for column, code_list in code_lists.items() -%}
    left join accepted_codes as {{ column }}_list
        on
            {{ column }}_list.code_list = '{{ code_list }}'
            and returns.census_year = {{ column }}_list.census_year
            and returns.{{ column }} = {{ column }}_list.spelling
    {% endfor %}

),

keyed as (

    select
        *,
        hash(local_authority_code, local_child_id) as la_child_key,
        case
            when not is_of_census_year then 'another_census_year'
            when local_authority_code is null then 'no_local_authority_code'
            when local_child_id is null then 'no_local_child_id'
            when referral_date is null and referral_date_is_invalid then 'referral_date_not_usable'
            when referral_date is null then 'no_referral_date'
        end as rejection_reason,
        (census_year::bigint << 48)
        + (coalesce(closure_date - date '1900-01-01', 0)::bigint << 31)
        + (row_hash >> 33)::bigint as record_priority
    from checked

)

select * exclude (is_of_census_year, academic_year_label) from keyed
