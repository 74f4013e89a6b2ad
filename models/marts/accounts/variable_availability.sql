/*
One row per variable of the main file and census year: is it in that year's delivery? The paper's Table 2, from the crosswalk.

Every known year is shown, delivered or not. `header` is the column's name in the delivery.
*/
with

availability as (

    {% for census_year in known_census_years() -%}
    {% for column in columns_of_year('cin', census_year) -%}
    {{ 'select' if loop.first else 'union all select' }}
        '{{ column.name }}' as variable,
        {{ census_year }}::smallint as census_year,
        {{ 'true' if column.header else 'false' }} as is_available,
        {{ "'" ~ column.header ~ "'" if column.header else 'null::varchar' }} as header
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from availability
