/*
One row per variable and census year of the extract: rows read, rows that lack it, rows that give what cannot be read. No
counts where it is not collected. `why_empty` says why the variable is empty in most rows that are in order: the note of the
field check `value_given` where it accepts any share.
*/
with

years as (

    select distinct census_year
    from missingness

),

counted as (

    select
        variable,
        census_year,
        sum(n_expected)::bigint as n_rows,
        sum(n_missing)::bigint as n_missing,
        sum(n_invalid)::bigint as n_invalid
    from missingness
    group by variable, census_year

),

thresholds as (

    select
        field_name,
        max(note) filter (where threshold_percent = 100) as why_empty,
        max(note) filter (where threshold_percent between 20 and 99) as why_often_empty
    from reference.dq_field_thresholds
    where check_name = 'value_given' and field_name is not null
    group by field_name

)

select
    availability.variable,
    availability.census_year,
    availability.is_available,
    counted.n_rows,
    counted.n_missing,
    counted.n_invalid,
    thresholds.why_empty,
    thresholds.why_often_empty
from variable_availability as availability
inner join years on availability.census_year = years.census_year
left join counted on availability.variable = counted.variable and availability.census_year = counted.census_year
left join thresholds on availability.variable = thresholds.field_name
where availability.variable != 'academic_year_label'
order by availability.variable, availability.census_year
