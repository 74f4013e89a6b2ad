{#
    Runs before every build: lands the delivered files as one relation per dataset and census year in the schema `landing`, under
    harmonised names, every column as text (R26, contract section 1). What the files are, and how they are read, has been found out
    by scripts/delivery; anything wrong stops the build here, before a table is touched, with one sentence.
    The landed relations are views over the files; a file of several years is read once into a table, which is kept.
#}
{% macro land_extract() %}
{% if execute and flags.WHICH in ('build', 'run', 'test') %}
    {% for problem in run_query("from extract_reader.problem").rows %}{% do stop_build(problem[0], problem[1]) %}{% endfor %}
    {% do run_query("create schema if not exists cin_work.landing") %}
    {% for statement in ["create or replace table cin_work.landing.delivered_files", "create table if not exists cin_work.landing.files_read"] %}
        {% do run_query(statement ~ " (dataset varchar, census_year smallint, fingerprint varchar)") %}
    {% endfor %}
    {% set years = run_query("from extract_reader.years order by 1").columns[0].values() | map('int') | list %}
    {% do log("Census extract: " ~ extract_folder() ~ ", census years " ~ year_spans(years), info=true) %}
    {% for line in run_query("from extract_reader.log order by rowid").columns[0].values() %}{% do log(line, info=true) %}{% endfor %}
    {% do tell_years_that_leave(years) %}
    {% if has_pseudonym_key() %}{% do log("Local child ids and pupil matching references become pseudonyms", info=true) %}{% endif %}
    {% do land_files() %}
    {% do land_facts(years) %}
    {% set share = run_query("select sampling_fraction from cin_work.landing.about_the_extract").columns[0].values()[0] %}
    {% do log("Taken as " ~ (100 * share) | round(2) ~ " % of England's children, for populations and rates", info=true) %}
{% endif %}
{% endmacro %}


{#
    Makes every relation of the landing. A table of several years is named after all that decides its rows: one that is there from
    an earlier build is not made again, and one that is no longer delivered goes.
#}
{% macro land_files() %}
    {% for table in [
        "delivered_files_and_years as from extract_reader.delivered_files",
        "delivered_columns as from extract_reader.delivered_columns",
        "delivered_variables as from extract_reader.delivered_variables",
        "profiles as from extract_reader.profiles",
    ] %}
        {% do run_query("create or replace table cin_work.landing." ~ table) %}
    {% endfor %}
    {% for dataset in ['cin', 'cin_disabilities'] %}
        {% set tables = run_query("select table_name from extract_reader.landing where dataset = '" ~ dataset ~ "' and table_name is not null") %}
        {% set there = run_query(
            "select table_name from duckdb_tables() where database_name = 'cin_work' and schema_name = 'landing' and starts_with(table_name, '"
            ~ dataset ~ "_file_')"
        ).columns[0].values() %}
        {% set is_new = tables.columns[0].values() | list | sort != there | list | sort %}
        {% if is_new %}
            {% for table in there %}{% do run_query("drop table cin_work.landing." ~ table ~ " cascade") %}{% endfor %}
        {% endif %}
        {% set statements = run_query(
            "select statement from extract_reader.landing where dataset = '" ~ dataset ~ "' and (" ~ is_new ~ " or table_name is null) "
            ~ "order by position"
        ).columns[0].values() %}
        {% for statement in statements %}{% do run_query(statement) %}{% endfor %}
        {% if is_new or not tables.rows %}{% do land_unreadable_lines(dataset) %}{% endif %}
    {% endfor %}
    {% do run_query(
        "insert into cin_work.landing.delivered_files select dataset, census_year, fingerprint from extract_reader.landing "
        ~ "where census_year is not null"
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
