/*
One row per check type, variable of the main file and census year of the extract: a check resolved from metadata, its
result and its threshold. After OHDSI's DataQualityDashboard, whose result columns it has.

Which checks a variable gets follows from its kind in the crosswalk. Not applicable stays a row, with the reason.
*/
{%- set checks = {
    'value_given': {'violated': 'n_missing', 'denominator': 'n_rows'},
    'value_readable': {'violated': 'n_invalid', 'denominator': 'n_given', 'kinds': ['date', 'flag', 'integer', 'month', 'year', 'decimal']},
    'code_in_force': {'violated': 'n_invalid', 'denominator': 'n_given', 'kinds': ['code']},
    'given_by_every_authority': {'violated': 'n_authorities_without', 'denominator': 'n_authorities'},
    'steady_by_authority': {'violated': 'n_authorities_changed', 'denominator': 'n_authorities_compared'},
} %}
with

fields as (

    select distinct
        variable as field_name,
        kind
    from {{ ref('variable_availability') }}
    where variable <> 'academic_year_label'

),

counts as (

    select
        fields.field_name,
        fields.kind,
        delivered_years.census_year,
        counts.variable is not null as is_collected,
        coalesce(columns(counts.* exclude (variable, census_year)), 0)::bigint as '\0'  -- noqa: RF05
    from fields
    cross join {{ source('landing', 'delivered_years') }} as delivered_years
    left join {{ ref('int_dq__field_counts') }} as counts
        on fields.field_name = counts.variable and delivered_years.census_year = counts.census_year

),

resolved as (

    {% for name, check in checks.items() -%}
    select
        '{{ name }}' as check_name,
        field_name,
        census_year,
        is_collected,
        {{ "kind in ('" ~ check.kinds | join("', '") ~ "')" if check.kinds else 'true' }} as has_the_check,
        {{ check.violated }} as num_violated_rows,
        {{ check.denominator }} as num_denominator_rows
    from counts
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

judged as (

    select
        resolved.*,
        100.0 * resolved.num_violated_rows / nullif(resolved.num_denominator_rows, 0) as pct_violated_rows,
        coalesce(of_field.threshold_percent, of_check.threshold_percent) as threshold_value,
        coalesce(of_field.note, of_check.note) as notes_value,
        case
            when not resolved.has_the_check then 'not_of_this_kind'
            when not resolved.is_collected then 'not_collected'
            when resolved.num_denominator_rows = 0 then 'nothing_to_check'
        end as not_applicable_reason
    from resolved
    left join {{ ref('dq_field_thresholds') }} as of_field
        on resolved.check_name = of_field.check_name and resolved.field_name = of_field.field_name
    left join {{ ref('dq_field_thresholds') }} as of_check
        on resolved.check_name = of_check.check_name and of_check.field_name is null

)

select
    judged.check_name || '-' || judged.field_name || '-' || judged.census_year as check_id,
    judged.check_name,
    check_types.check_description,
    judged.field_name,
    judged.census_year,
    check_types.category,
    check_types.subcategory,
    check_types.context,
    judged.num_violated_rows,
    judged.num_denominator_rows,
    judged.pct_violated_rows,
    judged.threshold_value,
    judged.notes_value,
    judged.threshold_value is null as is_error,
    judged.not_applicable_reason is not null as not_applicable,
    judged.not_applicable_reason,
    judged.not_applicable_reason is null and coalesce(judged.pct_violated_rows > judged.threshold_value, false) as failed,
    judged.not_applicable_reason is null and coalesce(judged.pct_violated_rows <= judged.threshold_value, false) as passed
from judged
inner join {{ ref('dq_field_check_types') }} as check_types on judged.check_name = check_types.check_name
order by judged.check_name, judged.field_name, judged.census_year
