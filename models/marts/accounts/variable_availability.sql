/*
One row per variable of the main file and census year: is it in that year's delivery? The paper's Table 2, from the crosswalk.

Every known year is shown, delivered or not. `header` is the column's name in the delivery, null where there is none.
*/
with

crosswalk as (

    {% for span in crosswalk_spans('cin') -%}
    select
        '{{ span.name }}' as variable,
        '{{ span.kind }}' as kind,
        '{{ span.header }}' as header,
        {{ span.first_year }} as first_census_year,
        {{ span.last_year }} as last_census_year
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

variables as (

    select distinct
        variable,
        kind
    from crosswalk

),

availability as (

    select
        variables.variable,
        variables.kind,
        census_years.census_year,
        crosswalk.header is not null as is_available,
        crosswalk.header
    from variables
    cross join {{ ref('census_years') }} as census_years
    left join crosswalk
        on
            variables.variable = crosswalk.variable
            and census_years.census_year between crosswalk.first_census_year and crosswalk.last_census_year

)

select * from availability
order by variable, census_year
