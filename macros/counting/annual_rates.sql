{#
    The body of annual_prevalence and annual_incidence: counts turned into one row per measure, with population,
    rates (R23) and the figure that DfE or the paper published for the same thing.

    measures: names of the measures, as in `prevalence_measures`.
    published: {measure: {children: column, events: column}} of `published_dfe_figures`, where DfE has the same measure.
#}
{% macro annual_rates(measures, published) %}
with

counts as (

    select * from {{ ref('int_cin__annual_counts') }}

),

geographies as (

    select * from {{ ref('int_cin__geography_years') }}

),

published_dfe_figures as (

    select * from {{ ref('published_dfe_figures') }}

),

published_table_1 as (

    select * from {{ ref('published_table_1') }}
    where census_year is not null and not is_suspect_n_la_child_ids

),

extract as (

    select * from {{ source('landing', 'about_the_extract') }}

),

id_schemes as (

    select unnest(['{{ id_schemes() | join("', '") }}']) as id_scheme

),

measured as (

    {% for measure in measures -%}
    select
        geographies.*,
        id_schemes.id_scheme,
        '{{ measure }}' as measure,
        coalesce(counts.n_children_{{ measure }}, 0)::bigint as n_children,
        {{ 'coalesce(counts.n_events_' ~ measure ~ ', 0)::bigint' if measure in event_measures() else 'null::bigint' }} as n_events,
        {%- set source = published.get(measure, {}) %}
        {%- if measure == 'recorded' %}
        if(
            geographies.geography_level = 'National' and id_schemes.id_scheme = 'la_child_id', published_table_1.n_la_child_ids, null
        )
        {%- else %}
        {{ 'published_dfe_figures.' ~ source.children if source.children else 'null' }}
        {%- endif %}::bigint as published_n_children,
        {{ 'published_dfe_figures.' ~ source.events if source.events else 'null' }}::bigint as published_n_events
    from geographies
    cross join id_schemes
    left join counts
        on
            geographies.census_year = counts.census_year
            and geographies.geography_level = counts.geography_level
            and geographies.geography_code = counts.geography_code
            and id_schemes.id_scheme = counts.id_scheme
    left join published_dfe_figures
        on
            geographies.census_year = published_dfe_figures.census_year
            and geographies.geography_level = published_dfe_figures.geography_level
            and geographies.geography_code = published_dfe_figures.geography_code
    left join published_table_1 on geographies.census_year = published_table_1.census_year
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

rated as (

    select
        measured.census_year,
        measured.geography_level,
        measured.geography_code,
        measured.geography_name,
        measured.id_scheme,
        measured.measure,
        measured.n_children,
        measured.n_events,
        measured.population,
        100.0 * measured.n_children / nullif(measured.population, 0) as percent,
        10000.0 * measured.n_children / nullif(measured.population, 0) as rate_per_10000,
        10000.0 * measured.n_events / nullif(measured.population, 0) as events_per_10000,
        measured.is_half_year,
        measured.n_local_authorities_expected,
        measured.n_local_authorities_returned,
        measured.published_n_children,
        measured.published_n_events,
        100.0 * (measured.n_children / extract.sampling_fraction - measured.published_n_children)
        / nullif(measured.published_n_children, 0) as percent_from_published_n_children,
        100.0 * (measured.n_events / extract.sampling_fraction - measured.published_n_events)
        / nullif(measured.published_n_events, 0) as percent_from_published_n_events
    from measured
    cross join extract

)

select * from rated
order by census_year, geography_level, geography_code, id_scheme, measure
{% endmacro %}
