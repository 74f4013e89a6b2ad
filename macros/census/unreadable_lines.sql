{#
    The lines of delivered files that could not be split into columns: census year, line number and DuckDB's kind of error,
    never the line itself (R1, R2). DuckDB holds them in temporary tables of the connection, so this is asked for after a model
    has read the files (`keep_unreadable_lines`), and after a file of several years is landed.
    A run of lines swallowed by an unclosed quotation mark counts each of its lines.
#}
{% macro unreadable_lines() %}
    with lines as (
        select
            file_years.census_year,
            reject_errors.line as line_number,
            min(lower(replace(cast(reject_errors.error_type as varchar), ' ', '_'))) as reason,
            max(greatest(length(trim(reject_errors.csv_line, e'\r\n')) - length(replace(trim(reject_errors.csv_line, e'\r\n'), e'\n', '')), 0)) as n_more_lines
        from reject_errors
        inner join reject_scans
            on reject_errors.scan_id = reject_scans.scan_id and reject_errors.file_id = reject_scans.file_id
        left join extract_reader.file_years as file_years on parse_filename(reject_scans.file_path) = file_years.file_name
        group by reject_scans.file_path, file_years.census_year, reject_errors.line
    )
    select census_year, line_number + unnest(generate_series(0, n_more_lines)) as line_number, reason
    from lines
{% endmacro %}


{# DuckDB makes these tables only when it meets such a line. #}
{% macro make_reject_tables() %}
    create temp table if not exists reject_errors (scan_id ubigint, file_id ubigint, line ubigint, error_type varchar, csv_line varchar);
    create temp table if not exists reject_scans (scan_id ubigint, file_id ubigint, file_path varchar)
{% endmacro %}


{# Keeps the lines of the files just read, beside those of the files that were not read again. #}
{% macro keep_unreadable_lines(dataset) %}
    {% set kept = "cin_work.landing.unreadable_" ~ dataset %}
    {{ make_reject_tables() }};
    create table if not exists {{ kept }} (census_year smallint, line_number bigint, reason varchar);
    delete from {{ kept }} where coalesce(census_year not in ({{ unchanged_years(dataset) }}), true);
    insert into {{ kept }} {{ unreadable_lines() }};
    drop table reject_errors;
    drop table reject_scans
{% endmacro %}


{# Writes the lines of files of several years, which are read as they are landed; none where each year has a file. #}
{% macro land_unreadable_lines(dataset) %}
    {% do run_query(
        make_reject_tables() ~ "; create or replace table cin_work.landing.unreadable_" ~ dataset ~ "_all as " ~ unreadable_lines()
        ~ "; drop table reject_errors; drop table reject_scans"
    ) %}
{% endmacro %}
