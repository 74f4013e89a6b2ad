-- Who were the children in need on the last 31 March but one, by sex, ethnic group and recorded disability?
with

in_need as (

    select child_id
    from {{ ref('child_years') }}
    where
        is_in_need_31_march
        and census_year = (select max(census_year) - 1 from {{ ref('child_years') }})

),

described as (

    select
        children.sex,
        children.ethnic_group,
        case
            when in_need.child_id in (
                select disabilities.child_id
                from {{ ref('child_disabilities') }} as disabilities
                where disabilities.disability_code <> 'NONE' and disabilities.child_id is not null
            ) then 'disabled, kind recorded'
            when children.has_disability then 'disabled, kind not recorded'
            when not children.has_disability then 'not disabled'
            else 'unknown'
        end as disability
    from in_need
    inner join {{ ref('children') }} as children on in_need.child_id = children.child_id

),

long as (

    unpivot described
    on sex, ethnic_group, disability
    into name characteristic value described_as

)

select
    characteristic,
    described_as,
    count(*) as n_children,
    round(100.0 * count(*) / sum(count(*)) over (partition by characteristic), 1) as percent,
    if(
        lower(described_as) <> 'unknown',
        round(100.0 * count(*) / sum(count_if(lower(described_as) <> 'unknown')) over (partition by characteristic), 1),
        null
    ) as percent_of_known
from long
group by characteristic, described_as
order by characteristic desc, n_children desc, described_as asc
