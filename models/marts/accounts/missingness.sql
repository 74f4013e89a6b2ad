/*
One row per variable, census year and local authority: of the rows read, how many lack the variable, and how many give
something that cannot be read (R2, R3, R4)?

Only variables that the year's delivery has. One pass over the records, then turned on its side.
*/
{%- set columns = census_columns('cin') | rejectattr('name', 'equalto', 'academic_year_label') | list %}
with

records as (

    select * from {{ ref('int_cin__records') }}

),

availability as (

    select * from {{ ref('variable_availability') }}
    where is_available

),

counted as (

    select
        census_year,
        local_authority_code as authority,  -- the column of that name is the variable
        {%- for column in columns %}
        struct_pack(given := count({{ column.name }}), invalid := {{ invalid_count(column) }}) as {{ column.name }},
        {%- endfor %}
        count(*) as n_expected
    from records
    group by census_year, records.local_authority_code

),

turned as (

    unpivot counted
    on columns(* exclude (census_year, authority, n_expected))
    into name variable value counts

),

missing as (

    select
        turned.variable,
        turned.census_year,
        turned.authority as local_authority_code,
        turned.n_expected,
        turned.n_expected - struct_extract(turned.counts, 'given') - struct_extract(turned.counts, 'invalid') as n_missing,
        struct_extract(turned.counts, 'invalid') as n_invalid,
        100.0 * n_missing / turned.n_expected as percent_missing,
        100.0 * n_invalid / turned.n_expected as percent_invalid
    from turned
    inner join availability
        on turned.variable = availability.variable and turned.census_year = availability.census_year

)

select * from missing
order by variable, census_year, local_authority_code
