{# Ends the build with one sentence: where, what is wrong, what to do. Never a value of a child. #}
{% macro stop_build(where, sentence) %}
    {{ exceptions.raise_compiler_error("Census extract: " ~ where ~ " " ~ sentence ~ ".") }}
{% endmacro %}


{# A text as a SQL literal, such as a path that may hold an apostrophe. #}
{% macro sql_text(text) %}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{% endmacro %}


{# The folder that holds the extract, as set. #}
{% macro extract_folder() %}
    {{ return(var('extract_dir', env_var('CIN_EXTRACT_DIR', 'data/synthetic'))) }}
{% endmacro %}


{#
    Whether ids are to become pseudonyms: whether CIN_PSEUDONYM_KEY is set. The key itself stays in Python
    (scripts/extract_reader.py), which gives DuckDB two values made of it, as variables of the connection.
#}
{% macro has_pseudonym_key() %}
    {{ return(run_query("select getvariable('cin_opad') is not null").columns[0].values()[0]) }}
{% endmacro %}
