"""Closure dates that are missing, overlaps, and how the end of a case is known."""

from __future__ import annotations

import altair as alt
from disclosure.profiles import WITHHELD, Profile, ratio

from .. import charts
from ..facts import Facts, Row
from ..tables import Chart, Column, Figure, Table, plotted, sentence
from .context import Extract

# Printed in the text of the paper: the first and last year, and all years.
PRINTED = {
    "missing": {"2009": 33, "2016": 8, "2009-2016": 18.5},
    "overlapping": {"2009": 23, "2016": 7, "2009-2016": 8.6},
}
TITLES = {"missing": "Closed cases without a closure date", "overlapping": "Episodes that overlap another of the same child"}
BASES = {
    "recorded": "Recorded",
    "no_further_action": "No further action: ends on the day of referral",
    "next_referral": "Estimated: ends before the next referral",
    "last_return": "Estimated: 31 March of the last return",
    "censored": "Not known: the authority made no return the year after",
    "open": "Still open",
}
COLOURS = {
    "recorded": charts.OURS,
    "no_further_action": charts.THIRD,
    "next_referral": charts.FOURTH,
    "last_return": charts.PRINTED,
    "censored": charts.SIXTH,
    "open": charts.GREY,
}


def faults(facts: Facts, profile: Profile) -> dict[str, object]:
    """Missing closure dates and overlaps by census year, beside the paper's."""
    extract = Extract.of(facts)
    rows = [_fault_row(row, profile) for row in facts["table_1"]]
    columns = [
        Column("Census year", "period", "year"),
        Column("Closed", "closed", "count"),
        Column("Without a date", "without_date", "count"),
        Column("Percent", "missing", "percent"),
        Column("Paper", "printed_missing", "percent"),
        Column("All", "episodes", "count"),
        Column("Overlapping", "overlaps", "count"),
        Column("Percent", "overlapping", "percent"),
        Column("Paper", "printed_overlapping", "percent"),
    ]
    groups = [("", 1), ("Closed cases returned", 4), ("Episodes returned", 4)]
    years = [row for row in rows if row["census_year"]]
    summary = " ".join(_fault_summary(years, name) for name in TITLES)
    has_printed = any(row["printed_missing"] for row in rows)
    return {
        "has_printed": has_printed,
        "figure": Figure(
            "closures",
            [_fault_chart(years, name, extract) for name in TITLES],
            summary,
            [
                ("ours", "This extract"),
                *extract.half_year_key,
                *([("published", "Printed in the paper")] if has_printed else []),
            ],
        ),
        "table": Table("Closure dates missing, and overlaps, by census year", columns, rows, [], groups),
    }


def _fault_row(row: Row, profile: Profile) -> Row:
    """Both faults of one year as they may be shown."""
    missing = profile.share(row["n_closed_without_date"] or 0, row["n_closed"] or 0)
    overlapping = profile.share(row["n_overlapping"] or 0, row["n_episodes"])
    return {
        "period": row["period"],
        "census_year": row["census_year"],
        "is_half_year": row["census_year"] == 2009,
        "closed": missing.whole,
        "without_date": missing.part,
        "missing": missing.percent,
        "episodes": overlapping.whole,
        "overlaps": overlapping.part,
        "overlapping": overlapping.percent,
        "printed_missing": PRINTED["missing"].get(row["period"]),
        "printed_overlapping": PRINTED["overlapping"].get(row["period"]),
    }


def _fault_chart(rows: list[Row], name: str, extract: Extract) -> Chart:
    """One fault over the years."""
    points = plotted(rows, census_year="census_year", ours=name, published=f"printed_{name}", is_half_year="is_half_year")
    for point, row in zip(points, rows, strict=True):
        printed = row[f"printed_{name}"]
        point["label"] = f"{row['period']}: {sentence(row[name], 'percent', ' %')}" + (
            f", paper {printed:g} %" if printed else ""
        )
    chart = charts.over_years(points, extract.census_years, charts.percent_axis())
    summary = f"{TITLES[name]}, percent by census year. " + "; ".join(point["label"] for point in points) + "."
    return Chart(TITLES[name], charts.finished(chart, summary), summary)


def _fault_summary(rows: list[Row], name: str) -> str:
    """From the first year to the last."""
    first, last = rows[0], rows[-1]
    return (
        f"{TITLES[name]}: {sentence(first[name], 'percent', ' %')} in {first['period']}, "
        f"{sentence(last[name], 'percent', ' %')} in {last['period']}."
    )


def bases(facts: Facts, profile: Profile) -> dict[str, object]:
    """How the end of a case is known, by census year of its referral."""
    rows = []
    for year in sorted({row["census_year"] for row in facts["closure_basis"]}):
        of_year = {row["closure_basis"]: row for row in facts["closure_basis"] if row["census_year"] == year}
        counts, total = profile.parts([of_year[name]["n_episodes"] for name in BASES], of_year["recorded"]["n_total"])
        shares = {name: ratio(count, total, 100) for name, count in zip(BASES, counts, strict=True)}
        rows.append(
            {"census_year": year, "total": total, **shares, **{f"count_{n}": c for n, c in zip(BASES, counts, strict=True)}}
        )
    columns = [Column("Referred in", "census_year", "year"), Column("Referrals", "total", "count")]
    for name in BASES:
        columns += [Column("Number", f"count_{name}", "count"), Column("Percent", name, "percent")]
    groups = [
        ("", 2),
        *((title.partition(":")[0] if name in ("recorded", "open") else title, 2) for name, title in BASES.items()),
    ]
    first, last = rows[0], rows[-1]
    summary = (
        f"The closure date is recorded for {sentence(first['recorded'], 'percent', ' %')} of the referrals of "
        f"{first['census_year']} and "
        f"{sentence(last['recorded'], 'percent', ' %')} of those of {last['census_year']}; of the latter, "
        f"{sentence(last['open'], 'percent', ' %')} are still open."
    )
    notes = ["Shares that are withheld leave a gap in the bar; so does rounding."]
    return {
        "figure": Figure("closure-basis", [_basis_chart(rows, summary)], summary, list(BASES.items())),
        "table": Table("How the end of a case is known, by census year of referral", columns, rows, notes, groups),
    }


def _basis_chart(rows: list[Row], summary: str) -> Chart:
    """Stacked shares by year."""
    order = list(BASES)
    pieces = []
    for row in rows:
        start = 0.0
        for name in BASES:
            share = row[name]
            if share in (None, WITHHELD) or not share:
                continue
            label = f"{row['census_year']}: {BASES[name]}, {share:.1f} %"
            pieces.append(
                {"year": str(row["census_year"]), "basis": name, "from": start, "to": round(start + share, 1), "label": label}
            )
            start = round(start + share, 1)
    axis = charts.percent_axis() | {
        "scale": alt.Scale(domain=[0, 101], nice=False),
        "axis": alt.Axis(labelExpr="datum.label + ' %'", values=[0, 25, 50, 75, 100]),
    }
    chart = (
        alt.Chart(charts.data(pieces))
        .mark_bar(stroke="#ffffff", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "year:O",
                title=None,
                axis=alt.Axis(labelAngle=0, labelOverlap="parity", labelExpr="'’' + slice(datum.label, 2)"),
            ),
            y=alt.Y("from:Q", **axis),
            y2="to:Q",
            color=alt.Color("basis:N", scale=alt.Scale(domain=order, range=[COLOURS[name] for name in order]), legend=None),
            **charts.says_itself(),
        )
    )
    return Chart("Share of the referrals of a census year", charts.finished(alt.layer(chart), summary, 280), summary)
