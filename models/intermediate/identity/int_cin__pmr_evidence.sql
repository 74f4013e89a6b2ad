/*
One row per pair of la_child_ids that share a pupil matching reference (PMR): how probable it is that they are one child (R8).

The weights of all comparisons are added up (`int_cin__link_weights`); what is not known weighs nothing. Whatever they say, a link
is cut where two of month of birth, sex and ethnic group disagree (UCL's rule), or where both ids were there at the same time in
one authority: `guard` says which. `evidence` names what was compared, and `sentences` says it, strongest doubt first.
*/
with

pairs as (

    select
        la_child_key,
        other_la_child_key,
        birth_month,
        sex,
        ethnic_group,
        place,
        'both_carry_it' as shared_reference
    from {{ ref('int_cin__pmr_pairs') }}

),

compared as (

    unpivot pairs on shared_reference, birth_month, sex, ethnic_group, place into name comparison value level

),

weighed as (

    select
        compared.la_child_key,
        compared.other_la_child_key,
        round(sum(link_weights.weight), 3) as weight,
        round(1 / (1 + pow(2, -round(sum(link_weights.weight), 3))), 6) as probability,
        count(*) filter (where compared.comparison in ('birth_month', 'sex', 'ethnic_group') and compared.level <> 'agrees')
            as n_facts_that_differ,
        case
            when n_facts_that_differ >= 2 then 'demographics_disagree'
            when bool_or(compared.level = 'same_authority_together') then 'open_at_same_time'
        end as guard,
        string_agg(compared.comparison || '_' || compared.level, ', ' order by link_weights.weight, compared.comparison)
        filter (where compared.comparison <> 'shared_reference') as evidence,
        string_agg(comparisons.sentence, ' ' order by link_weights.weight, compared.comparison)
        filter (where compared.comparison <> 'shared_reference') as sentences
    from compared
    inner join {{ ref('int_cin__link_weights') }} as link_weights
        on compared.comparison = link_weights.comparison and compared.level = link_weights.level
    inner join {{ ref('link_comparisons') }} as comparisons
        on compared.comparison = comparisons.comparison and compared.level = comparisons.level
    group by compared.la_child_key, compared.other_la_child_key

)

select * from weighed
