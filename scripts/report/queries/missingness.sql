/*
One row per variable and census year of the extract: rows read, rows that lack it, rows that give what cannot be read. No
counts where it is not collected. `why_empty` says why the variable is empty in most rows that are in order: the note of the
field check `value_given` where it accepts any share.
*/
with

delivered as (

    select distinct census_year
    from codebook_years
    where n_expected is not null

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
    years.variable,
    years.census_year,
    years.is_available,
    years.n_expected as n_rows,
    years.n_missing,
    years.n_invalid,
    thresholds.why_empty,
    thresholds.why_often_empty
from codebook_years as years
inner join delivered on years.census_year = delivered.census_year
left join thresholds on years.variable = thresholds.field_name
where years.variable != 'academic_year_label'
order by years.variable, years.census_year
