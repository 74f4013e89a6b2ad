{#
    The census files in the extract folder: {dataset: {by_year: {year: path}, all_years: path or none}}.
    Stops the build where there are none, two for the same year, or one that cannot be a census file.
#}
{% macro find_census_files() %}
    {% set found = {'cin': {'by_year': {}, 'all_years': none}, 'cin_disabilities': {'by_year': {}, 'all_years': none}} %}
    {% set pattern = modules.re.compile('^(cin|cin_disabilities)(?:_([0-9]{4}))?[.](?:csv|txt|parquet)(?:[.]gz)?$', modules.re.I) %}
    {% for path in run_query("select path from extract_reader.files order by path").columns[0].values() %}
        {% set name = modules.re.search('[^/\\\\]+$', path).group(0) %}
        {% set parts = pattern.match(name) %}
        {% if not parts %}
            {% do stop_build(path, "is no name the project knows; use cin_<year> or cin_disabilities_<year>, "
                "ending in .csv, .txt or .parquet (or with .gz after it), or move it out of the folder") %}
        {% endif %}
        {% set files = found[parts.group(1) | lower] %}
        {% set year = parts.group(2) %}
        {% if year and year | int not in known_census_years() %}
            {% do stop_build(path, "is of a census year the project does not know; add the year to the crosswalk first "
                "(macros/census/crosswalk.sql)") %}
        {% elif (year and year | int in files.by_year) or (not year and files.all_years) %}
            {% do stop_build(path, "stands beside another file of the same year; keep one of the two") %}
        {% elif year %}
            {% do files.by_year.update({year | int: path}) %}
        {% else %}
            {% do files.update({'all_years': path}) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{#
    The census years to read, checked against the files found. Asked for by setting: each must have its two files.
    Not asked for: those the folder holds, without a gap, since a gap is more often an oversight than a wish.
#}
{% macro delivered_years(found) %}
    {% set years = [] %}
    {% set by_year = found.cin.by_year %}
    {% if not by_year and not found.cin.all_years %}
        {% do stop_build(extract_folder(), "holds no census files (cin_<year>.csv and the like), or does not exist; "
            "set CIN_EXTRACT_DIR to the extract folder, or make the synthetic extract with `make extract`") %}
    {% elif (by_year and found.cin.all_years) or (found.cin_disabilities.by_year and found.cin_disabilities.all_years) %}
        {% do stop_build(extract_folder(), "holds files by year and a file of all years; keep one kind of delivery") %}
    {% elif found.cin.all_years and not asked_census_years() %}
        {% do years.extend(years_in_single_file(found.cin.all_years)) %}
    {% elif asked_census_years() %}
        {% do years.extend(census_years()) %}
    {% else %}
        {% set held = by_year.keys() | list + found.cin_disabilities.by_year.keys() | list %}
        {% do years.extend(range(held | min, held | max + 1)) %}
    {% endif %}
    {% for dataset in found if not found[dataset].all_years %}
        {% for year in years if year not in found[dataset].by_year %}
            {% do stop_build(extract_folder() ~ "/" ~ dataset ~ "_" ~ year, "is missing (.csv, .txt or .parquet, gzipped or not); "
                "add it, or name the years to build without " ~ year ~ " in CIN_CENSUS_YEARS") %}
        {% endfor %}
    {% endfor %}
    {{ return(years) }}
{% endmacro %}


{# The known census years that have rows in a delivery of all years in one file. #}
{% macro years_in_single_file(path) %}
    {% set facts = file_facts(path) %}
    {% if 'cin_acadyr' not in facts.header | map('lower') | list %}
        {% do stop_build(path, "lacks the column CIN_ACADYR, by which the years of a single file are told apart") %}
    {% endif %}
    {% set unknown = unknown_headers(facts, headers_of_years('cin', known_census_years())) %}
    {% if unknown %}
        {% do stop_build(path, "has " ~ unknown | join(', ') ~ ", which the crosswalk does not know in any year; "
            "change the crosswalk (macros/census/crosswalk.sql), or ask for the file again") %}
    {% endif %}
    {% set labels = run_query(
        "select distinct " ~ label_digits("CIN_ACADYR") ~ " from " ~ file_scan(facts)
    ).columns[0].values() %}
    {% set years = [] %}
    {% for year in known_census_years() %}
        {% do years.append(year) if labels | select('in', year_label_spellings(year)) | list %}
    {% endfor %}
    {{ return(years) }}
{% endmacro %}
