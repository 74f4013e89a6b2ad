{#
    Runs before every build, after `land_extract`: where the extract comes with its truth (a folder `truth/` with the tables
    la_child_ids, children, episodes and plans as Parquet), gives it to the evaluation models as the schema `truth`. Where it
    does not, as with real data, the same tables are there without rows, and `empty_evaluation_without_truth` takes away what
    the evaluation models made of them.
#}
{% macro land_truth() %}
{% if execute and flags.WHICH in ('build', 'run', 'test') %}
    {% do run_query("create schema if not exists cin_work.truth") %}
    {% set local_child_id = run_query("select local_child_id from extract_reader.reading").columns[0].values()[0] %}
    {% for table, columns in true_tables().items() %}
        {% set file = extract_folder() ~ "/truth/" ~ table ~ ".parquet" %}
        {% set path = sql_text(file) %}
        {% set is_there = run_query("select count(*) from glob(" ~ path ~ ")").columns[0].values()[0] > 0 %}
        {% if is_there %}
            {% set held = run_query("select name from parquet_schema(" ~ path ~ ")").columns[0].values() | list %}
            {% for name in columns if name not in held %}
                {% do stop_build(
                    file, "lacks the column " ~ name
                    ~ "; make the synthetic extract anew, or move the folder truth/ away to build without the evaluation"
                ) %}
            {% endfor %}
        {% endif %}
        {% set expressions = [] %}
        {% for name, type in columns.items() %}
            {% set value = local_child_id if name == 'local_child_id' else name %}
            {% do expressions.append("try_cast(" ~ (value if is_there else "null") ~ " as " ~ type ~ ") as " ~ name) %}
        {% endfor %}
        {% do run_query(
            "create or replace view cin_work.truth." ~ table ~ " as select " ~ expressions | join(', ')
            ~ (" from read_parquet(" ~ path ~ ")" if is_there else " where false")
        ) %}
    {% endfor %}
{% endif %}
{% endmacro %}


{# What the evaluation needs to know of the truth: {table: {column: type}}. #}
{% macro true_tables() %}
    {{ return({
        'la_child_ids': {
            'local_authority_code': 'varchar', 'local_child_id': 'varchar', 'child_id': 'bigint'
        },
        'children': {
            'child_id': 'bigint', 'birth_date': 'date', 'sex': 'varchar', 'ethnicity_code': 'varchar'
        },
        'episodes': {
            'child_id': 'bigint', 'local_authority_code': 'varchar', 'local_child_id': 'varchar', 'referral_date': 'date',
            'closure_date': 'date', 'is_no_further_action': 'boolean', 'is_in_need': 'boolean',
            'is_rereferral_while_open': 'boolean', 'returned_years': 'integer'
        },
        'plans': {
            'child_id': 'bigint', 'local_authority_code': 'varchar', 'local_child_id': 'varchar', 'referral_date': 'date',
            'plan_start_date': 'date', 'plan_end_date': 'date'
        }
    }) }}
{% endmacro %}


{#
    Runs after every build: empties the evaluation where there was no truth to hold the tables against. The tables stay, so that a
    command that makes or tests a part of the project finds them.
#}
{% macro empty_evaluation_without_truth() %}
{% if execute and flags.WHICH in ('build', 'run') %}
    {% set has_truth = run_query("select count(*) from cin_work.truth.la_child_ids").columns[0].values()[0] > 0 %}
    {% if not has_truth %}
        {% for table in run_query(
            "select format('\"{}\".evaluation.{}', database_name, table_name) from duckdb_tables() where schema_name = 'evaluation'"
        ).columns[0].values() %}
            {% do run_query("delete from " ~ table) %}
        {% endfor %}
    {% endif %}
{% endif %}
{% endmacro %}
