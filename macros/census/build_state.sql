{#
    D49. One row in `landing.build_state` of the database: whether its tables are those of one whole build, and under which key ids
    became pseudonyms. A build that is stopped, or that renews some tables from another delivery, leaves tables of two deliveries
    side by side; the export, the codebook, the report and the release then refuse to read them.
#}


{# Runs before every build, after the extract was found sound: from now on, tables change. #}
{% macro begin_build() %}
{% if execute and flags.WHICH in ('build', 'run') %}
    {% do run_query("create schema if not exists landing") %}
    {% do run_query("create table if not exists landing.build_state (is_complete boolean, key_digest varchar)") %}
    {% do check_pseudonym_key() %}
    {% set is_whole = is_whole_build() %}
    {% set n_changed = run_query(
        "select count(*) from cin_work.landing.delivered_files as delivered anti join cin_work.landing.files_read as files_read "
        ~ "using (dataset, census_year, fingerprint) where fingerprint is not null"
    ).columns[0].values()[0] %}
    {% if n_changed and not is_whole %}
        {% do log(
            "New or changed files, or another way of reading: " ~ n_changed ~ ". This command renews some tables only; "
            ~ "`dbt build` brings them into all", info=true
        ) %}
    {% endif %}
    {% if n_changed or is_whole %}
        {% do run_query(
            "create or replace table landing.build_state as select false as is_complete, key_digest from extract_reader.reading"
        ) %}
    {% endif %}
{% endif %}
{% endmacro %}


{# Runs after every build. results: what dbt says of everything that ran. #}
{% macro end_build(results) %}
{% if execute and flags.WHICH in ('build', 'run') and is_whole_build() %}
    {% if results | map(attribute='status') | reject('in', ['success', 'pass', 'warn', 'no-op']) | list %}
        {% do log("Not complete: some tables may be of an earlier build. Build again before you use any", info=true) %}
    {% else %}
        {% do run_query("update landing.build_state set is_complete = true") %}
    {% endif %}
{% endif %}
{% endmacro %}


{# Whether this command makes every public table. #}
{% macro is_whole_build() %}
    {% for node in graph.nodes.values() if node.config.access == 'public' and node.unique_id not in selected_resources %}
        {{ return(false) }}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}


{# Stops a build whose ids would not be those of the database: pseudonyms of another key, or plain ids beside pseudonyms. #}
{% macro check_pseudonym_key() %}
    {% set differs = run_query(
        "select key_digest is not null from landing.build_state "
        ~ "where key_digest is distinct from (select key_digest from extract_reader.reading)"
    ).columns[0].values() %}
    {% if differs %}
        {% do stop_build(
            "the database", ("holds pseudonyms made with another CIN_PSEUDONYM_KEY; set that key again" if differs[0]
            else "holds ids as they were delivered, and CIN_PSEUDONYM_KEY is set now; unset it")
            ~ ", or build into a new CIN_DATABASE"
        ) %}
    {% endif %}
{% endmacro %}
