{#
    How two ids compare in one fact, each given as a list of all that its records say: agrees, differs; null where one of them
    says nothing (R8). Months of birth can agree in part: year_agrees, if the year is the same or they lie a month apart; else
    month_agrees, if the month of the year is. Rendered as one line.
#}
{% macro births_compared(one, other) -%}
    {%- set sql -%}
    case
        when {{ one }} is null or {{ other }} is null then null
        when list_has_any({{ one }}, {{ other }}) then 'agrees'
        when list_has_any([year(day) for day in {{ one }}], [year(day) for day in {{ other }}])
            or list_has_any([(day + interval 1 month)::date for day in {{ one }}], {{ other }})
            or list_has_any([(day - interval 1 month)::date for day in {{ one }}], {{ other }})
            then 'year_agrees'
        when list_has_any([month(day) for day in {{ one }}], [month(day) for day in {{ other }}]) then 'month_agrees'
        else 'differs'
    end
    {%- endset -%}
    {{ sql.split() | join(' ') }}
{%- endmacro %}


{% macro facts_compared(one, other) -%}
    case when {{ one }} is not null and {{ other }} is not null then if(list_has_any({{ one }}, {{ other }}), 'agrees', 'differs') end
{%- endmacro %}
