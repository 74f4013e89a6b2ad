-- What share of the children returned in a year has no pupil matching reference, here and in the paper?
select
    counts.census_year,
    sum(counts.n_la_child_ids) as n_la_child_ids,
    sum(counts.n_with_pmr) as n_with_reference,
    round(100 * (1 - sum(counts.n_with_pmr) / sum(counts.n_la_child_ids)), 1) as percent_without_reference,
    max(
        case
            when not printed.is_suspect_n_la_child_ids
                then round(100 * (1 - printed.n_pupil_matching_refs / printed.n_la_child_ids), 1)
        end
    ) as percent_without_reference_in_paper
from {{ ref('link_conflict_counts') }} as counts
left join {{ ref('published_table_1') }} as printed on counts.census_year = printed.census_year
group by counts.census_year
order by counts.census_year
