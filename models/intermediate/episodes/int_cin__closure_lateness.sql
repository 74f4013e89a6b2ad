/*
One row: how late this extract learns of closures, told by those that are recorded with a date (D27).

`n_years_late`: so many years after the year of a closure its case may first be returned as closed; all but 1 in 500 closures are
known by then. 0 means that a return without a closure can be believed; it can be at most 2.
`is_flag_believed`: whether cases flagged as in need on a 31 March (DfE's flag) have no recorded closure before that day, but for
1 in 500. A flag that is only made from missing closures shows itself so.
*/
with

closures as (

    select
        recorded_closure_date,
        first_year_returned_closed
        - year(recorded_closure_date + interval 9 months) as n_years_late,
        last_day_flagged_in_need
    from {{ ref('int_cin__episodes_reconciled') }}
    where recorded_closure_date >= referral_date and not is_no_further_action

),

counted as (

    select
        count(*) as n_closures,
        count_if(n_years_late > 0) as n_late,
        count_if(n_years_late > 1) as n_later,
        count(last_day_flagged_in_need) as n_flagged,
        count(*) filter (where recorded_closure_date < last_day_flagged_in_need) as n_flags_contradicted
    from closures

),

judged as (

    select
        n_closures,
        case
            when n_later * 500 > n_closures then 2
            when n_late * 500 > n_closures then 1
            else 0
        end as n_years_late,
        n_flags_contradicted * 500 <= n_flagged as is_flag_believed
    from counted

)

select * from judged
