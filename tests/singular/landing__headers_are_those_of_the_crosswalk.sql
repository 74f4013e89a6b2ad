/*
In every delivered year, the landed columns are exactly those the crosswalk expects, both ways.

Why: a column that is missing or new must be noticed, not read as null or passed over. The macro `check_header` stops
the build on drift before a row is read; this proves that what was landed passed it. A delivery of all years in one file
has the columns of all its years in each.
*/
with

datasets as (

    select unnest(['cin', 'cin_disabilities']) as dataset

),

relations as (

    select
        datasets.dataset,
        delivered_years.census_year,
        datasets.dataset || '_' || delivered_years.census_year as relation_name
    from {{ source('landing', 'delivered_years') }} as delivered_years
    cross join datasets

),

crosswalk as (

    {% for dataset in ['cin', 'cin_disabilities'] -%}
    {% set is_last_dataset = loop.last -%}
    {% for span in crosswalk_spans(dataset) -%}
    select
        '{{ dataset }}' as dataset,
        '{{ span.header }}' as header,
        {{ span.first_year }} as first_year,
        {{ span.last_year }} as last_year
    {{ 'union all' if not (loop.last and is_last_dataset) }}
    {% endfor %}
    {%- endfor %}

),

expected as (

    select
        crosswalk.dataset,
        relations.census_year,
        lower(crosswalk.header) as header
    from crosswalk
    inner join relations
        on
            crosswalk.dataset = relations.dataset
            and relations.census_year between crosswalk.first_year and crosswalk.last_year

),

landed as (

    select
        relations.dataset,
        relations.census_year,
        lower(landed_columns.column_name) as header
    from relations
    inner join duckdb_columns() as landed_columns on relations.relation_name = landed_columns.table_name
    where landed_columns.database_name = 'cin_work' and landed_columns.schema_name = 'landing'

),

single_files as (

    select replace(table_name, '_all', '') as dataset
    from duckdb_tables()
    where
        database_name = 'cin_work'
        and schema_name = 'landing'
        and table_name in ('cin_all', 'cin_disabilities_all')

),

allowed as (

    select * from expected

    union all

    select
        relations.dataset,
        relations.census_year,
        expected.header
    from relations
    inner join single_files on relations.dataset = single_files.dataset
    inner join expected on relations.dataset = expected.dataset

),

missing as (

    select count(*) as n_missing
    from expected
    anti join landed
        on
            expected.dataset = landed.dataset
            and expected.census_year = landed.census_year
            and expected.header = landed.header

),

unknown as (

    select count(*) as n_unknown
    from landed
    anti join allowed
        on
            landed.dataset = allowed.dataset
            and landed.census_year = allowed.census_year
            and landed.header = allowed.header

)

select *
from missing
cross join unknown
where n_missing > 0 or n_unknown > 0
