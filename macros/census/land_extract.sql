{#
    Runs before every build: finds the delivered files, looks at each, and lands them as one relation per dataset
    and census year in the schema `landing` (contract section 1). Anything wrong stops the build here,
    before a table is touched, with one sentence that says what, where and what to do.
    Nothing is read twice: the landed relations are views over the files, except for a delivery of all years in one file, which
    is read in every build.
#}
{% macro land_extract() %}
{% if execute and flags.WHICH in ('build', 'run', 'test') %}
    {% do run_query("create schema if not exists cin_work.landing") %}
    {% for statement in ["create or replace table cin_work.landing.delivered_files", "create table if not exists cin_work.landing.files_read"] %}
        {% do run_query(statement ~ " (dataset varchar, census_year smallint, fingerprint varchar)") %}
    {% endfor %}
    {% set found = find_census_files() %}
    {% set years = delivered_years(found) %}
    {% do log("Census extract: " ~ extract_folder() ~ ", census years " ~ year_spans(years), info=true) %}
    {% do tell_years_that_leave(years) %}
    {% if has_pseudonym_key() %}{% do log("Local child ids and pupil matching references become pseudonyms", info=true) %}{% endif %}
    {% for dataset in ['cin', 'cin_disabilities'] %}
        {% if found[dataset].all_years %}
            {% do land_single_file(dataset, found[dataset].all_years, years) %}
        {% else %}
            {% do run_query("drop table if exists cin_work.landing." ~ dataset ~ "_all") %}
            {% do land_unreadable_lines(dataset) %}
            {% for year in years %}
                {% do land_year_file(dataset, year, found[dataset].by_year[year]) %}
            {% endfor %}
        {% endif %}
        {% for year in known_census_years() if year not in years %}
            {% do land_empty_year(dataset, year) %}
        {% endfor %}
    {% endfor %}
    {% do land_facts(years) %}
    {% set share = run_query("select sampling_fraction from cin_work.landing.about_the_extract").columns[0].values()[0] %}
    {% do log("Taken as " ~ (100 * share) | round(2) ~ " % of England's children, for populations and rates", info=true) %}
{% endif %}
{% endmacro %}


{# The folder that holds the extract, as set. #}
{% macro extract_folder() %}
    {{ return(var('extract_dir', env_var('CIN_EXTRACT_DIR', 'data/synthetic'))) }}
{% endmacro %}


{# Lands one census year of one dataset from a file of its own. #}
{% macro land_year_file(dataset, census_year, path) %}
    {% set facts = file_facts(path) %}
    {% do check_header(path, facts, dataset, [census_year]) %}
    {% if not is_label_of_year(facts.year_label, census_year) %}
        {% do stop_build(
            path, "has " ~ (facts.year_label or "an unreadable year") ~ " in the first row's CIN_ACADYR, not "
            ~ academic_year_label(census_year) ~ "; put the file of the census year " ~ census_year ~ " in its place"
        ) %}
    {% endif %}
    {% do run_query(
        "create or replace view cin_work.landing." ~ dataset ~ "_" ~ census_year ~ " as select "
        ~ as_text_columns(facts, dataset) ~ " from " ~ file_scan(facts)
    ) %}
    {% do note_delivered_file(dataset, census_year, facts.fingerprint) %}
{% endmacro %}


{# Notes what the extract folder holds, so that a year is read once (D48). Without a fingerprint it is read in every build. #}
{% macro note_delivered_file(dataset, census_year, fingerprint) %}
    {% do run_query(
        "insert into cin_work.landing.delivered_files values ('" ~ dataset ~ "', " ~ census_year ~ ", "
        ~ ("'" ~ fingerprint ~ "'" if fingerprint else "null") ~ ")"
    ) %}
{% endmacro %}


{#
    Lands a delivery of all years in one file: read once into a table, told apart by CIN_ACADYR.
    Rows whose label is no known census year go with the first year, where they are rejected and counted (R1).
#}
{% macro land_single_file(dataset, path, years) %}
    {% set facts = file_facts(path) %}
    {% do check_header(path, facts, dataset, years) %}
    {% set landed = "cin_work.landing." ~ dataset ~ "_all" %}
    {% do log("Reading " ~ path, info=true) %}
    {% do run_query("create or replace table " ~ landed ~ " as select " ~ as_text_columns(facts, dataset) ~ " from " ~ file_scan(facts)) %}
    {% do land_unreadable_lines(dataset) %}
    {% set label = label_digits("CIN_ACADYR") %}
    {% for year in years %}
        {% set is_of_year = label ~ " in ('" ~ year_label_spellings(year) | join("', '") ~ "')" %}
        {% set is_of_no_year = label ~ " not in ('" ~ all_year_label_spellings() | join("', '") ~ "')" %}
        {% do run_query(
            "create or replace view cin_work.landing." ~ dataset ~ "_" ~ year ~ " as select * from " ~ landed
            ~ " where " ~ is_of_year ~ (" or " ~ is_of_no_year if loop.first else "")
        ) %}
        {% do note_delivered_file(dataset, year, none) %}
    {% endfor %}
{% endmacro %}


{# Lands a census year that was not delivered: its columns, no rows. #}
{% macro land_empty_year(dataset, census_year) %}
    {% set columns = [] %}
    {% for column in columns_of_year(dataset, census_year) if column.header %}
        {% do columns.append("null::varchar as " ~ adapter.quote(column.header)) %}
    {% endfor %}
    {% do run_query(
        "create or replace view cin_work.landing." ~ dataset ~ "_" ~ census_year
        ~ " as select " ~ columns | join(', ') ~ " where false"
    ) %}
{% endmacro %}


{# Says which census years are in the database from earlier builds and no longer delivered: nobody may lose a year unawares. #}
{% macro tell_years_that_leave(years) %}
    {% set held = run_query("select distinct census_year from cin_work.landing.files_read order by 1").columns[0].values() %}
    {% set gone = held | map('int') | reject('in', years) | list %}
    {% if gone %}
        {% do log("No longer delivered, so they leave every table: census years " ~ year_spans(gone), info=true) %}
    {% endif %}
{% endmacro %}
