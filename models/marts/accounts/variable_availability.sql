/*
One row per variable of the main file and census year: is it documented for that year, and was it delivered? The paper's Table 2,
from the crosswalk, beside what the files hold (R26).

Every described year is shown, delivered or not. `header` is the column's name in the delivery, or, of a year that was not
delivered, the documented one. A column of a file of several years is delivered in a year if it is documented for it or given.
*/
with

variables as (

    {% for column in census_columns('cin') -%}
    select
        '{{ column.name }}' as variable,
        '{{ column.kind }}' as kind
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

delivered_years as (

    select census_year from {{ source('landing', 'delivered_years') }}

),

census_years as (

    select
        census_years.census_year,
        delivered_years.census_year is not null as is_year_delivered
    from {{ ref('census_years') }} as census_years
    left join delivered_years on census_years.census_year = delivered_years.census_year
    where census_years.is_provisional is not true or delivered_years.census_year is not null

),

documented as (

    select
        variables.variable,
        variables.kind,
        census_years.census_year,
        census_years.is_year_delivered,
        min(crosswalk.header) as header
    from variables
    cross join census_years
    left join {{ ref('crosswalk') }} as crosswalk
        on
            variables.variable = crosswalk.variable
            and crosswalk.dataset = 'cin'
            and census_years.census_year >= crosswalk.first_census_year
            and coalesce(census_years.census_year <= crosswalk.last_census_year, true)
    group by all

),

delivered as (

    select
        variable,
        census_year,
        coalesce(arg_min(header, precedence) filter (where n_given > 0), arg_min(header, precedence)) as header,
        coalesce(bool_or(n_given > 0), false) as is_given
    from {{ source('landing', 'delivered_variables') }}
    where dataset = 'cin'
    group by variable, census_year

),

availability as (

    select
        documented.variable,
        documented.kind,
        documented.census_year,
        documented.header is not null as is_documented,
        case
            when documented.is_year_delivered
                then delivered.variable is not null and (documented.header is not null or delivered.is_given)
        end as is_delivered,
        coalesce(is_delivered, is_documented) as is_available,
        if(is_available, if(documented.is_year_delivered, delivered.header, documented.header), null) as header
    from documented
    left join delivered
        on documented.variable = delivered.variable and documented.census_year = delivered.census_year

)

select * from availability
order by variable, census_year
