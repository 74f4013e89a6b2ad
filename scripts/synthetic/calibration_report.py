"""Prints how near a synthetic extract comes to the published totals: target, got, difference.

    python scripts/synthetic/calibration_report.py FOLDER

Totals are scaled up by the sampling fraction in the extract's about file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from synthetic import columns  # noqa: E402
from synthetic.reference import PACKAGE_DIR, SEED_DIR, read_rows  # noqa: E402

WANTED = {
    "code": "la",
    "local": "local_id",
    "pmr": "pmr",
    "birth_month": "birth_month",
    "birth_year": "birth_year",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "referral": "referral",
    "need": "need",
    "nfa": "nfa",
    "closure": "closure",
    "reason": "reason",
    "conference": "conference",
    "plan_start": "plan_start",
    "plan_end": "plan_end",
    "n_previous": "n_previous",
}

ROWS = """
create table r as
select
    census_year,
    la || ' ' || local_id as id,
    pmr,
    try_cast(referral as date) as referral,
    case when try_cast(closure as date) between date '1930-01-01' and last_day
        then try_cast(closure as date) end as closure,
    closure is not null as has_closure,
    nfa = '1' as is_nfa,
    upper(trim(reason)) as reason,
    upper(trim(need)) as need,
    upper(trim(ethnicity)) as ethnicity,
    sex,
    try_cast(birth_year as integer) * 12 + try_cast(birth_month as integer) as birth_month,
    conference,
    try_cast(plan_start as date) as plan_start,
    try_cast(plan_end as date) as plan_end,
    try_cast(n_previous as integer) as n_previous
from raw, (select make_date(max(census_year), 3, 31) as last_day from raw)
where la is not null and local_id is not null
    and try_cast(referral as date) between date '1930-01-01' and last_day
"""

EPISODES = """
create table e as
with last as (select max(census_year) as y from r), per as (
    select id, referral,
        arg_max(closure, census_year) filter (closure is not null) as closure,
        coalesce(bool_or(is_nfa), false) as is_nfa,
        max(census_year) as last_year
    from r group by all
), ends as (
    select id, referral, case
        when closure is not null then closure
        when is_nfa then referral
        when last_year < y then make_date(last_year, 3, 31)
        else date '9999-12-31' end as end_day
    from per, last
)
select id, referral,
    coalesce(max(end_day) over before > referral, false)
        or coalesce(lead(referral) over in_order < end_day, false) as is_overlapping,
    lag(referral) over in_order as previous
from ends
window in_order as (partition by id order by referral),
    before as (partition by id order by referral rows between unbounded preceding and 1 preceding)
"""

YEARLY = """
create table y as
with c as (
    select census_year, id, referral,
        coalesce(bool_or(is_nfa), false) as is_nfa,
        bool_or(has_closure) as has_closure,
        bool_or(has_closure or reason is not null or coalesce(is_nfa, false)) as is_closed,
        bool_or(coalesce(reason in ('RC8', 'RC9'), false))
            and not bool_or(plan_start is not null) as is_not_in_need
    from r group by all
)
select c.*, e.is_overlapping, e.previous,
    c.referral > make_date(census_year - 1, 3, 31) as is_new,
    not is_nfa and not is_not_in_need as is_need
from c join e using (id, referral)
"""

MEASURES = {
    "n_pupil_matching_refs": """select census_year, count(distinct p.pmr) from r join
        (select distinct id, pmr from r where pmr is not null) p using (id) group by 1""",
    "n_la_child_ids": "select census_year, count(distinct id) from r group by 1",
    "n_episodes": "select census_year, count(*) from y group by 1",
    "percent_closure_date_missing": """select census_year,
        100.0 * count(*) filter (not has_closure) / count(*) from y where is_closed group by 1""",
    "percent_overlap": """select census_year, 100.0 * count(*) filter (is_overlapping) / count(*)
        from y group by 1""",
    "n_referrals": "select census_year, count(*) from y where is_new group by 1",
    "n_children_referred": "select census_year, count(distinct id) from y where is_new group by 1",
    "percent_rereferrals_12_months": """select census_year,
        100.0 * count(*) filter (previous >= referral - interval 12 month) / count(*)
        from y where is_new group by 1""",
    "percent_no_further_action": """select census_year,
        100.0 * count(*) filter (is_nfa) / count(*) from y where is_new group by 1""",
    "percent_not_in_need": """select census_year,
        100.0 * count(*) filter (not is_nfa and is_not_in_need) / count(*)
        from y where is_new group by 1""",
    "n_episodes_started": "select census_year, count(*) from y where is_new and is_need group by 1",
    "n_episodes_ended": """select census_year, count(*) from y where is_closed and is_need
        group by 1""",
    "n_episodes_any_point": "select census_year, count(*) from y where is_need group by 1",
    "n_children_any_point": """select census_year, count(distinct id) from y where is_need
        group by 1""",
    "n_children_31_march": """select census_year, count(distinct id) from y
        where is_need and not is_closed group by 1""",
    "n_plans_started": """select census_year, count(distinct (id, plan_start)) from r
        where plan_start between make_date(census_year - 1, 4, 1) and make_date(census_year, 3, 31)
        group by 1""",
    "n_children_plan_31_march": """select census_year, count(distinct id) from r
        where plan_start <= make_date(census_year, 3, 31)
            and coalesce(plan_end > make_date(census_year, 3, 31), true) group by 1""",
    "percent_second_plans": """select census_year,
        100.0 * count(distinct (id, plan_start)) filter (n_previous > 0)
            / count(distinct (id, plan_start)) from r
        where plan_start between make_date(census_year - 1, 4, 1) and make_date(census_year, 3, 31)
        group by 1""",
}

TOTALS = {
    "n_pupil_matching_refs": "select count(distinct pmr) from r",
    "n_la_child_ids": "select count(distinct id) from r",
    "n_episodes": "select count(*) from e",
    "percent_closure_date_missing": """select 100.0 * count(*) filter (not c) / count(*) from (
        select bool_or(has_closure) as c from y where is_closed group by id, referral)""",
    "percent_overlap": "select 100.0 * count(*) filter (is_overlapping) / count(*) from e",
}

FIRST_EPISODES = """
create table f as
with first as (
    select id, min(referral) as referral,
        bool_or(plan_start is not null) as has_plan,
        bool_or(conference is not null) as has_conference
    from r group by id
)
select id, referral, any_value(has_plan) as has_plan,
    any_value(has_conference) as has_conference,
    arg_max(sex, census_year) filter (sex is not null) as sex,
    arg_max(ethnicity, census_year) filter (ethnicity is not null) as ethnicity,
    arg_max(need, census_year) filter (need is not null) as need,
    arg_max(birth_month, census_year) filter (birth_month is not null) as birth_month
from r join first using (id, referral) group by id, referral
"""

CHILDREN = {
    "percent_male": "select 100.0 * count(*) filter (sex in ('1', 'M')) / count(*) from f",
    "percent_female": "select 100.0 * count(*) filter (sex in ('2', 'F')) / count(*) from f",
    "percent_white": """select 100.0 * count(*) filter (ethnicity in
        ('WBRI', 'WIRI', 'WIRT', 'WROM', 'WOTH')) / count(*) from f""",
    "mean_age_at_referral": """select avg(greatest(year(referral) * 12 + month(referral)
        - birth_month, 0) / 12.0) from f
        where year(referral) * 12 + month(referral) - birth_month between -10 and 311""",
    "percent_need_n1": "select 100.0 * count(*) filter (need = 'N1') / count(*) from f",
    "percent_need_n2": "select 100.0 * count(*) filter (need = 'N2') / count(*) from f",
    "percent_need_n4": "select 100.0 * count(*) filter (need = 'N4') / count(*) from f",
    "percent_need_n5": "select 100.0 * count(*) filter (need = 'N5') / count(*) from f",
    "percent_ever_on_plan": "select 100.0 * count(*) filter (has_plan) / count(*) from f",
    "percent_conference_date_missing": """select
        100.0 * count(*) filter (not has_conference) / count(*) from f where has_plan""",
}


def main(folder: Path) -> None:
    """Prints the table."""
    connection = duckdb.connect()
    fraction = _load(connection, folder)
    targets = _targets()
    n_years, first, last = connection.execute(
        "select count(distinct census_year), min(census_year), max(census_year) from r"
    ).fetchone()
    paper_period = (n_years, first, last) == (8, 2009, 2016)
    print(f"{'measure':34}{'year':>10}{'target':>12}{'got':>12}{'difference':>12}")
    for measure, query in MEASURES.items():
        for year, value in sorted(connection.execute(query).fetchall()):
            _line(measure, str(year), targets.get((measure, str(year))), value, fraction)
        if measure in TOTALS and paper_period:
            value = connection.execute(TOTALS[measure]).fetchone()[0]
            _line(measure, "2009-2016", targets.get((measure, "2009-2016")), value, fraction)
    for measure, query in CHILDREN.items() if paper_period else ():
        value = connection.execute(query).fetchone()[0]
        _line(measure, "2009-2016", targets.get((measure, "2009-2016")), value, fraction)


def _load(connection: duckdb.DuckDBPyConnection, folder: Path) -> float:
    """Reads the main files into tables; gives the sampling fraction."""
    about = {r["key"]: r["value"] for r in read_rows(folder / "about_this_extract.csv")}
    parts = []
    for year in (int(y) for y in about["years"].split()):
        names = {column: header for header, column in columns.headers_of(year)}
        fields = ", ".join(
            f"{names[c]} as {alias}" if c in names else f"null::varchar as {alias}"
            for c, alias in WANTED.items()
        )
        path = folder / f"cin_{year}.{about['format']}"
        source = f"read_csv('{path}', all_varchar = true)"
        if about["format"] == "parquet":
            source = f"read_parquet('{path}')"
        parts.append(f"select {year} as census_year, {fields} from {source}")
    connection.execute("create view raw as " + " union all ".join(parts))
    for statement in (ROWS, EPISODES, YEARLY, FIRST_EPISODES):
        connection.execute(statement)
    return float(about["sampling_fraction"])


def _targets() -> dict[tuple[str, str], float]:
    """Published figures by measure and year: the seeds', then the generator's own list."""
    targets: dict[tuple[str, str], float] = {}
    for row in read_rows(SEED_DIR / "published_table_1.csv"):
        for name in ("n_pupil_matching_refs", "n_la_child_ids", "n_episodes"):
            targets[name, row["period"]] = float(row[name])
    targets.pop(("n_la_child_ids", "2012"))
    for row in read_rows(SEED_DIR / "published_dfe_figures.csv"):
        if row["geography_level"] != "National":
            continue
        for column, value in row.items():
            if column.startswith("n_") and value:
                targets[column, row["census_year"]] = float(value)
        if row["n_referrals"]:
            n = float(row["n_referrals"])
            for column, name in (
                ("n_rereferrals_12_months", "percent_rereferrals_12_months"),
                ("n_referrals_no_further_action", "percent_no_further_action"),
                ("n_referrals_not_in_need", "percent_not_in_need"),
            ):
                if row[column]:
                    targets[name, row["census_year"]] = 100 * float(row[column]) / n
    for row in read_rows(PACKAGE_DIR / "targets.csv"):
        targets[row["measure"], row["period"]] = float(row["value"])
    return targets


def _line(measure: str, period: str, target: float | None, value: float, fraction: float) -> None:
    """One line of the table; counts are scaled up to England."""
    if measure.startswith("n_"):
        value = value / fraction
        texts = [f"{target:,.0f}" if target else "", f"{value:,.0f}"]
        difference = f"{100 * (value / target - 1):+.1f} %" if target else ""
    else:
        texts = [f"{target:.1f}" if target else "", f"{value:.1f}"]
        difference = f"{value - target:+.1f} pt" if target else ""
    print(f"{measure:34}{period:>10}{texts[0]:>12}{texts[1]:>12}{difference:>12}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
