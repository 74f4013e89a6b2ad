{# Writes what the models need to know of the delivery: which years, and how large a sample of England it is. #}
{% macro land_facts(years) %}
    {% set path = extract_folder() ~ "/about_this_extract.csv" %}
    {% set has_about = run_query("from extract_reader.about").rows | length > 0 %}
    {% do run_query(
        "create or replace table cin_work.landing.delivered_years as "
        ~ "select unnest([" ~ years | join(', ') ~ "])::smallint as census_year"
    ) %}
    {% do run_query(
        "create or replace table cin_work.landing.about_the_extract as select "
        ~ ("if(count(*) filter (where key = 'sampling_fraction') = 1, "
        ~ "max(try_cast(value as double)) filter (where key = 'sampling_fraction'), null) as sampling_fraction, "
        ~ "coalesce(bool_or(key = 'is_synthetic' and value = 'true'), false) as is_synthetic, "
        ~ "string_agg(key || '=' || value, '; ' order by key) as statement "
        ~ "from extract_reader.about"
        if has_about else "1::double as sampling_fraction, false as is_synthetic, null::varchar as statement")
    ) %}
    {# a synthetic extract may be larger than England #}
    {% set is_sound = run_query(
        "select coalesce(sampling_fraction > 0 and (sampling_fraction <= 1 or is_synthetic), false) from cin_work.landing.about_the_extract"
    ).columns[0].values()[0] %}
    {% if not is_sound %}
        {% do stop_build(
            path, "should say once how large a sample of England this is, as a number of more than 0 and at most 1, such as "
            ~ "sampling_fraction,0.1 for a tenth; correct it, or move it away if the extract is all of England"
        ) %}
    {% endif %}
{% endmacro %}
