{#
    A census file is read once for all builds (D48). `landing.delivered_files` says what the extract folder holds, with a
    fingerprint of each file and of the way it is read; `landing.files_read` says the same of the rows that are in the database.
    A year whose two fingerprints differ, or that is in one of them alone, is read again, or forgotten.
#}


{# The configuration of a model that keeps the rows of a dataset as they were read. dataset: 'cin' or 'cin_disabilities'. #}
{% macro read_once(dataset) %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'append',
        'on_schema_change': 'sync_all_columns',
        'pre_hook': "{{ forget_changed_files('" ~ dataset ~ "') }}",
        'post_hook': ["{{ keep_unreadable_lines('" ~ dataset ~ "') }}", "{{ remember_files_read('" ~ dataset ~ "') }}"],
    }) }}
{% endmacro %}


{# The census years whose file has to be read now. #}
{% macro years_to_read(dataset) %}
    {% if flags.WHICH not in ('build', 'run') or not is_incremental() %}{{ return(census_years()) }}{% endif %}
    {% set unchanged = run_query(unchanged_years(dataset) ~ " order by 1").columns[0].values() | map('int') | list %}
    {% set delivered = run_query(
        "select census_year from cin_work.landing.delivered_files where dataset = '" ~ dataset ~ "' order by 1"
    ).columns[0].values() | map('int') | list %}
    {% set years = delivered | reject('in', unchanged) | list %}
    {% do log(
        dataset ~ ": reads census years " ~ (year_spans(years) or "none") ~ ", unchanged: " ~ (year_spans(unchanged) or "none"), info=true
    ) %}
    {{ return(years) }}
{% endmacro %}


{# A query of the census years of which the database holds the rows of the very file that is delivered. #}
{% macro unchanged_years(dataset) -%}
    select delivered.census_year
    from cin_work.landing.delivered_files as delivered
    inner join cin_work.landing.files_read as files_read using (dataset, census_year, fingerprint)
    where delivered.dataset = '{{ dataset }}'
{%- endmacro %}


{# Before the files of a dataset are read: takes away the rows of every file that is no longer the one delivered. #}
{% macro forget_changed_files(dataset) %}
    {% if is_incremental() %}
    delete from {{ this }} where census_year not in ({{ unchanged_years(dataset) }})
    {% else %}
    delete from cin_work.landing.files_read where dataset = '{{ dataset }}'
    {% endif %}
{% endmacro %}


{# After the files of a dataset are read: the database now holds what is delivered. #}
{% macro remember_files_read(dataset) %}
    delete from cin_work.landing.files_read where dataset = '{{ dataset }}';
    insert into cin_work.landing.files_read
    select dataset, census_year, fingerprint from cin_work.landing.delivered_files where dataset = '{{ dataset }}'
{% endmacro %}
