{#
    Whether ids are to become pseudonyms: whether CIN_PSEUDONYM_KEY is set. The key itself stays in Python
    (scripts/extract_reader.py), which gives DuckDB two values made of it, as variables of the connection.
#}
{% macro has_pseudonym_key() %}
    {{ return(run_query("select getvariable('cin_opad') is not null").columns[0].values()[0]) }}
{% endmacro %}


{# The headers of the columns that identify a child, in lower case, as any year has them. #}
{% macro id_headers(dataset) %}
    {% set headers = [] %}
    {% for span in crosswalk_spans(dataset) if span.name in ('local_child_id', 'pupil_matching_ref') %}
        {% do headers.append(span.header | lower) %}
    {% endfor %}
    {{ return(headers) }}
{% endmacro %}


{#
    HMAC-SHA-256 of a text, blanks around it dropped, as 64 hexadecimal digits: the same id gives the same pseudonym, and without
    the key nobody can tell which, or try all ids through. Null where the text is blank. Whoever reads without the key gets an error.
#}
{% macro pseudonym(value) %}
    {{ return(
        "case when trim(" ~ value ~ ") <> '' then if(getvariable('cin_opad') is null, error('CIN_PSEUDONYM_KEY is not set'), "
        ~ "sha256(getvariable('cin_opad') || unhex(sha256(getvariable('cin_ipad') || encode(trim(" ~ value ~ ")))))) end"
    ) }}
{% endmacro %}
