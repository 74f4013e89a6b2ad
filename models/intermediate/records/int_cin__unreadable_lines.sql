/*
One row per line of a delivered file that could not be split into columns (R1). The line itself is not kept.

The reader sets them aside while the records are read, or before that, where all years come in one file.
*/
-- depends_on: {{ ref('int_cin__rows_read') }}
-- depends_on: {{ ref('int_cin__disability_records') }}
{% for dataset in ['cin', 'cin_disabilities'] -%}
{% for relation in ['unreadable_' ~ dataset, 'unreadable_' ~ dataset ~ '_all'] -%}
select
    '{{ dataset }}' as dataset,
    census_year,
    line_number::bigint as line_number,
    'unreadable_line_' || reason as reason
from {{ source('landing', relation) }}
{{ 'union all' if not (loop.last and dataset == 'cin_disabilities') }}
{% endfor %}
{%- endfor %}
