{# The facts that scripts/extract_reader.py finds out about a file. Stops the build if it cannot be used. #}
{% macro file_facts(path) %}
    {% set answer = run_query("select facts from extract_reader.files where path = " ~ sql_text(path)) %}
    {% set facts = fromjson(answer.columns[0].values()[0]) %}
    {% if facts.problem %}{% do stop_build(path, facts.problem) %}{% endif %}
    {{ return(facts) }}
{% endmacro %}


{# The drift test, before a row is read: the file's header against the crosswalk, both ways. #}
{% macro check_header(path, facts, dataset, years) %}
    {% set expected = headers_of_years(dataset, years) %}
    {% set header = facts.header | map('lower') | list %}
    {% set place = "change the crosswalk (macros/census/crosswalk.sql), or ask for the file again" %}
    {% set span = years | first ~ ("-" ~ years | last if years | length > 1 else "") %}
    {% set lacking, unknown = [], unknown_headers(facts, expected) %}
    {% for name in expected if name not in header %}{% do lacking.append(expected[name]) %}{% endfor %}
    {% if lacking or unknown %}
        {% do stop_build(path,
            ("lacks " ~ lacking | join(', ') ~ ", which the crosswalk expects in census year " ~ span if lacking else "")
            ~ (", and " if lacking and unknown else "")
            ~ ("has " ~ unknown | join(', ') ~ ", which the crosswalk does not know in census year " ~ span if unknown else "")
            ~ "; " ~ place
        ) %}
    {% endif %}
    {% if header | unique | list | length < header | length %}
        {% do stop_build(path, "has the same column twice; " ~ place) %}
    {% endif %}
{% endmacro %}


{# The headers that the crosswalk knows in these years: {name in lower case: name}. #}
{% macro headers_of_years(dataset, years) %}
    {% set expected = {} %}
    {% for year in years %}
        {% for column in columns_of_year(dataset, year) if column.header %}
            {% do expected.update({column.header | lower: column.header}) %}
        {% endfor %}
    {% endfor %}
    {{ return(expected) }}
{% endmacro %}


{#
    What a file's header has beyond the expected names, told so that no value of a child can be in it. Where a header is lost, or
    runs into the first row, its names are values. So a name is told only if it is CIN_ and letters, any other by its place.
#}
{% macro unknown_headers(facts, expected) %}
    {% set told, untold = [], [] %}
    {% set is_a_name = modules.re.compile('CIN_[A-Za-z_]+', modules.re.I) %}
    {% for name in facts.header if name | lower not in expected %}
        {% do (told if is_a_name.fullmatch(name) else untold).append(name if is_a_name.fullmatch(name) else facts.header.index(name) + 1) %}
    {% endfor %}
    {% if untold %}
        {% do told.append(
            "a name of another kind in column " ~ untold[:5] | join(', ') ~ (" and later ones" if untold | length > 5 else "")
            ~ " (not shown, as it may be a value)"
        ) %}
    {% endif %}
    {{ return(told) }}
{% endmacro %}


{# Ends the build with one sentence: where, what is wrong, what to do. Never a value of a child. #}
{% macro stop_build(where, sentence) %}
    {{ exceptions.raise_compiler_error("Census extract: " ~ where ~ " " ~ sentence ~ ".") }}
{% endmacro %}


{# The table function call that reads a landed file, every column as text. Lines it cannot split are kept aside (R1). #}
{% macro file_scan(facts) %}
    {% set path = sql_text(facts.path) %}
    {% if facts.kind == 'parquet' %}{{ return("read_parquet(" ~ path ~ ")") }}{% endif %}
    {% set columns = [] %}
    {% for name in facts.header %}
        {% do columns.append("'" ~ name ~ "': 'VARCHAR'") %}
    {% endfor %}
    {{ return(
        "read_csv(" ~ path ~ ", auto_detect = false, header = true, delim = '" ~ facts.delimiter
        ~ "', quote = '\"', escape = '\"', store_rejects = true, columns = {" ~ columns | join(', ') ~ "})"
    ) }}
{% endmacro %}


{#
    The select list that makes every column text. Cleaning that costs time is done only for files that need it:
    NUL bytes are dropped and tabs become blanks (R2). Where the user has set a key, ids become pseudonyms here.
#}
{% macro as_text_columns(facts, dataset) %}
    {% set columns = [] %}
    {% set ids = id_headers(dataset) if has_pseudonym_key() else [] %}
    {% for name in facts.header %}
        {% set value = namespace(sql=adapter.quote(name)) %}
        {% if facts.kind == 'parquet' %}
            {% set value.sql = "replace(cast(" ~ value.sql ~ " as varchar), chr(0), '')" %}
        {% endif %}
        {% if facts.has_strays %}
            {% set value.sql = "replace(translate(" ~ value.sql ~ ", e'\\t', ' '), chr(0), '')" %}
        {% endif %}
        {% if name | lower in ids %}{% set value.sql = pseudonym(value.sql) %}{% endif %}
        {% do columns.append(value.sql ~ " as " ~ adapter.quote(name)) %}
    {% endfor %}
    {{ return(columns | join(', ')) }}
{% endmacro %}


{# A text as a SQL literal, such as a path that may hold an apostrophe. #}
{% macro sql_text(text) %}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{% endmacro %}
