/*
One row per figure of the evaluation: how well the pipeline finds what is true, in a synthetic extract that comes with its truth.

Each figure has its target, where there is one, and the best value that the records allow, where it can be known. The page
"How well does it work?" of the documentation explains every figure.
*/
{%- set least_children = 500 %}
with

counts as (

    select
        measure,
        max(abs(percent_off_attainable)) filter (where geography_level = 'National') as england_off,
        max(abs(percent_off_truth)) filter (where geography_level = 'National') as england_off_truth,
        max(abs(percent_off_attainable)) filter (
            where geography_level = 'Local authority' and n_children_attainable >= {{ least_children }}
        ) as worst_authority_off,
        count(*) filter (where geography_level = 'Local authority' and n_children_attainable >= {{ least_children }})
            as n_authority_years,
        count(*) filter (where geography_level = 'National') as n_years
    from {{ ref('evaluation_counts') }}
    group by measure

),

figures as (
{{ figures('counts', 'counts of a year', 'measure', '%', {
    'England, largest error in any year': ['england_off', 'n_years', 0.3, 'at most', 'null'],
    'worst authority of 500 children or more': ['worst_authority_off', 'n_authority_years', 1.5, 'at most', 'null'],
    'England, largest distance from the true children': ['england_off_truth', 'n_years', 'null', none, 'null']
}) }}
    union all
    select * from {{ ref('int_evaluation__identity_figures') }}
    union all
    select * from {{ ref('int_evaluation__case_figures') }}

),

judged as (

    select
        * replace (if(target is null, null, target_is) as target_is),
        case
            when target_is = 'at least' then value >= target
            when target_is = 'at most' then value <= target
        end as is_target_met
    from figures

)

select * from judged
order by topic, subject, figure
