{#
    The body of dq_summary and dq_rule_years: every rule in every census year of the extract, judged by its threshold.
    Where nothing was checked the row stays, with the reason.

    has_authorities: true for one row per local authority, false for England as a whole.
#}
{% macro judge_rules(has_authorities) -%}
{%- set authority = 'local_authority_code' if has_authorities else 'null::varchar' -%}
rules as (

    select * from {{ ref('dq_rules') }}

),

counts as (

    select
        rule_id,
        census_year,
        {{ authority }} as local_authority_code,
        sum(n_checked)::bigint as n_checked,
        sum(n_broken)::bigint as n_broken
    from {{ ref('int_dq__rule_counts') }}
    where census_year is not null
    group by all

),

evaluated_rules as (

    select distinct rule_id from {{ ref('int_dq__rule_counts') }}

),

places as (

    {% if has_authorities -%}
    select
        census_year,
        local_authority_code,
        has_returned
    from {{ ref('local_authority_returns') }}
    union
    {% endif -%}
    select
        census_year,
        null as local_authority_code,
        true as has_returned
    from {{ source('landing', 'delivered_years') }}

),

thresholds as (

    select * from {{ ref('dq_thresholds') }}

),

joined as (

    select
        rules.rule_id,
        rules.severity,
        places.census_year,
        places.local_authority_code,
        places.has_returned,
        coalesce(list_contains(rules.census_years, places.census_year), false) as is_collected,
        evaluated_rules.rule_id is not null as is_evaluated,
        coalesce(counts.n_checked, 0) as n_checked,
        coalesce(counts.n_broken, 0) as n_broken,
        n_broken / nullif(n_checked, 0) as share_broken,
        thresholds.threshold_percent,
        thresholds.note as threshold_note
    from rules
    cross join places
    left join evaluated_rules on rules.rule_id = evaluated_rules.rule_id
    left join counts
        on
            rules.rule_id = counts.rule_id
            and places.census_year = counts.census_year
            and not coalesce(list_contains(rules.census_years_not_delivered, places.census_year), false)
            and places.local_authority_code is not distinct from counts.local_authority_code
    left join thresholds
        on
            rules.rule_id = thresholds.rule_id
            and coalesce(places.census_year = thresholds.census_year, thresholds.census_year is null)
            and coalesce(
                places.local_authority_code = thresholds.local_authority_code, thresholds.local_authority_code is null
            )
    -- the most particular threshold counts: of the authority, then of the year, then of the rule
    qualify row_number() over (
        partition by rules.rule_id, places.census_year, places.local_authority_code
        order by thresholds.local_authority_code is not null desc, thresholds.census_year is not null desc
    ) = 1

),

judged as (

    select
        *,
        case
            when n_checked > 0 then null
            when not is_collected then 'not_collected'
            when not has_returned then 'no_return'
            else 'nothing_to_check'
        end as not_applicable_reason,
        case
            when not is_evaluated or threshold_percent is null or (n_checked > 0 and not is_collected) then 'error'
            when n_checked = 0 then 'not_applicable'
            when n_broken = 0 then 'pass'
            when 100 * share_broken <= threshold_percent then 'pass_with_breaks'
            else 'fail'
        end as status
    from joined

)
{%- endmacro %}
