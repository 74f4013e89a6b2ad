/*
One row per child_id: the child as followed across authorities (R7), for drawing cohorts.

Facts about the child are the newest known (R11); need and age are those of the first referral in the extract.
*/
with

children as (

    select * from {{ ref('int_cin__children') }}

),

sequenced as (

    select * from {{ ref('int_cin__episodes_in_sequence') }}

),

reconciled as (

    select * from {{ ref('int_cin__episodes_reconciled') }}

),

plans as (

    select
        child_id,
        count(*) as n_plans
    from {{ ref('child_protection_plans') }}
    group by child_id

),

summed as (

    select
        sequenced.child_key,
        min(sequenced.referral_date) as first_referral_date,
        count(*)::smallint as n_episodes,
        bool_or(sequenced.is_in_need) as is_ever_in_need,
        bool_or(reconciled.has_protection_plan) as is_ever_on_protection_plan,
        min(reconciled.primary_need_code) filter (where sequenced.previous_referral_date_of_child_id is null)
            as primary_need_code
    from sequenced
    inner join reconciled
        on sequenced.la_child_key = reconciled.la_child_key and sequenced.referral_date = reconciled.referral_date
    group by sequenced.child_key

),

described as (

    select
        children.child_id,
        summed.first_referral_date,
        children.first_census_year,
        children.last_census_year,
        summed.n_episodes,
        children.n_local_authorities,
        children.n_la_child_ids,
        children.sex,
        children.ethnicity_code,
        children.ethnic_group,
        month(children.birth_month_start)::smallint as birth_month,
        year(children.birth_month_start)::smallint as birth_year,
        children.death_date,
        children.has_disability,
        summed.primary_need_code,
        {{ whole_years('children.birth_month_start', 'summed.first_referral_date') }} as age_at_first_referral,
        summed.is_ever_in_need,
        summed.is_ever_on_protection_plan,
        coalesce(plans.n_plans, 0)::smallint as n_plans
    from children
    inner join summed on children.child_key = summed.child_key
    left join plans on children.child_id = plans.child_id

)

select * from described
