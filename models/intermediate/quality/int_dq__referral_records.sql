/*
One row per row read from the main files, with the quality rules on the referral: its date, source, need, outcome and
closure. Each rule is one column: true broken, false kept, null not applicable. `dq_rules` says each in words.

A reason for closure counts as given if something is given, readable or not (D21).
*/
with

records as (

    select
        *,
        make_date(birth_year, birth_month, 1) as birth_month_start,
        closure_reason_code is not null or closure_reason_code_is_invalid as has_closure_reason,
        closure_reason_code in ('RC8', 'RC9') as is_closed_after_assessment,
        coalesce(plan_start_date, plan_end_date) is not null
        or coalesce(initial_abuse_category_code, latest_abuse_category_code) is not null as has_plan
    from {{ ref('int_cin__records') }}

),

years as (

    select
        *,
        -- one working day before the year begins, Easter aside
        first_day - case isodow(first_day - 1) when 6 then 2 when 7 then 3 else 1 end as last_working_day_before
    from {{ ref('census_years') }}

),

judged as (

    select
        records.census_year,
        records.local_authority_code,
        records.local_authority_code || '-' || records.local_child_id as la_child_id,
        records.referral_date,
        -- referral
        coalesce(records.referral_date > years.census_day, true) as dfe_8600,
        records.referral_date > records.death_date as dfe_8555q,
        if(
            records.census_year >= 2014 and records.referral_date >= date '2013-04-01',
            records.referral_source_code is null,
            null
        ) as dfe_8866,
        if(
            records.census_year >= 2010 and records.referral_date >= date '2009-04-01', records.is_no_further_action is null, null
        ) as dfe_8568,
        if(records.is_no_further_action, records.referral_date < years.last_working_day_before, null) as dfe_8569q,
        if(records.is_no_further_action, records.initial_conference_date is not null, null) as dfe_8831,
        -- need
        if(
            records.is_no_further_action is false,
            records.primary_need_code is null and not records.primary_need_code_is_invalid,
            null
        ) as dfe_8610,
        if(
            records.primary_need_code is not null or records.primary_need_code_is_invalid,
            records.primary_need_code_is_invalid,
            null
        ) as dfe_8650,
        records.primary_need_code = 'N0' as primary_need_not_stated,
        -- closure
        records.closure_date not between years.first_day and years.census_day as dfe_8620,
        records.closure_date < records.referral_date as dfe_8630,
        if(records.has_closure_reason, records.closure_reason_code_is_invalid, null) as dfe_8640,
        if(
            records.closure_date is not null and records.is_no_further_action is not true, not records.has_closure_reason, null
        ) as dfe_8805,
        if(records.has_closure_reason, records.closure_date is null, null) as dfe_8810,
        if(
            records.census_year >= 2010 and records.closure_reason_code = 'RC2', records.death_date is null, null
        ) as dfe_8585q,
        if(
            records.is_closed_after_assessment,
            records.has_plan or records.initial_conference_date is not null,
            null
        ) as dfe_2990,
        if(
            records.closure_date is not null,
            coalesce(
                greatest(records.plan_start_date, records.plan_end_date, records.initial_conference_date) > records.closure_date,
                false
            ),
            null
        ) as dfe_8565,
        case
            when records.is_no_further_action then null
            when records.closure_date is null and records.has_closure_reason then null
            else coalesce(records.closure_date, years.census_day) >= records.birth_month_start + interval 301 months
        end as dfe_8775q,
        if(
            records.is_in_need_on_31_march,
            coalesce(records.is_no_further_action, false) or coalesce(records.closure_date < years.census_day, false),
            null
        ) as in_need_on_31_march_contradicted
    from records
    inner join years on records.census_year = years.census_year

)

select * from judged
