"""What is missing from the records: variable by census year."""

from __future__ import annotations

import altair as alt
from disclosure.profiles import ALL_BUT_FEW, WITHHELD, Profile

from .. import charts
from ..facts import Facts, Row
from ..tables import Chart, Column, Figure, Table, sentence

ASKED = "Asked of every row"
BY_NATURE = "Empty by nature in most rows"


def missingness(facts: Facts, profile: Profile) -> dict[str, object]:
    """Share of rows that lack each variable, and share that cannot be read; variables that are empty by nature apart."""
    rows = [_row(row, profile) for row in facts["missingness"]]
    columns = [
        Column("Variable", "variable", "code"),
        Column("Census year", "census_year", "year"),
        Column("Rows", "rows", "count"),
        Column("Missing", "n_missing", "count"),
        Column("Missing, %", "missing", "percent"),
        Column("Cannot be read", "n_invalid", "count"),
        Column("Cannot be read, %", "invalid", "percent"),
    ]
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in (ASKED, BY_NATURE)}
    reasons = list(dict.fromkeys((row["variable"], row["why"]) for row in rows if row["why"]))
    summary = _summary(kinds[ASKED])
    return {
        "figure": Figure(
            "missing",
            [_heat_map(of_kind, kind) for kind, of_kind in kinds.items() if of_kind],
            summary,
            [("ramp", "Percent of rows without it, from 0 to 100"), ("absent", "Not collected that year")],
        ),
        "tables": [
            Table(f"{kind}: rows without a value, or with one that cannot be read", columns, of_kind)
            for kind, of_kind in kinds.items()
        ],
        "reasons": Table(
            "Why a variable may be empty where nothing is wrong",
            [Column("Variable", "variable", "code"), Column("Reason", "why")],
            [{"variable": variable, "why": why} for variable, why in reasons],
        ),
        "few": profile.few,
    }


def _row(row: Row, profile: Profile) -> Row:
    """A variable in a year as it may be shown."""
    shown: Row = {
        "variable": row["variable"],
        "census_year": row["census_year"],
        "kind": BY_NATURE if row["why_empty"] else ASKED,
        "why": row["why_empty"] or row["why_often_empty"],
        "is_collected": row["is_available"],
    }
    if not row["is_available"] or row["n_rows"] is None:
        return shown | {
            key: "not collected" if key == "rows" else None for key in ("rows", "n_missing", "missing", "n_invalid", "invalid")
        }
    missing, invalid = (profile.share(row[f"n_{name}"], row["n_rows"]) for name in ("missing", "invalid"))
    return shown | {
        "rows": missing.whole,
        "n_missing": missing.part,
        "missing": missing.percent,
        "n_invalid": invalid.part,
        "invalid": invalid.percent,
    }


def _cell(row: Row) -> Row:
    """A cell of the heat map."""
    cell: Row = {"variable": row["variable"], "year": str(row["census_year"])}
    name = f"{row['variable']} in {row['census_year']}"
    if not row["is_collected"]:
        return cell | {"text": "", "shade": None, "label": f"{name}: not collected"}
    missing = row["missing"]
    shade = {WITHHELD: 0, ALL_BUT_FEW: 100}.get(missing, missing)
    said = {WITHHELD: "few rows lack it", ALL_BUT_FEW: "nearly all rows lack it"}.get(
        missing, sentence(missing, "percent", " % missing")
    )
    unread = {WITHHELD: "few cannot be read"}.get(row["invalid"], sentence(row["invalid"], "percent", " % cannot be read"))
    return cell | {"text": _rounded(missing), "shade": shade, "label": f"{name}: {said}; {unread}"}


def _rounded(percent: float | str | None) -> str:
    """A percentage as it fits in a cell; what is not quite none, or not quite all, is not rounded to it."""
    if percent is None or isinstance(percent, str):
        return percent or ""
    if 0 < percent < 0.5:
        return "<1"
    return ">99" if 99.5 <= percent < 100 else f"{percent:.0f}"


def _heat_map(rows: list[Row], kind: str) -> Chart:
    """Variable by year, with the percentage in each cell."""
    cells = [_cell(row) for row in rows]
    variables = sorted({cell["variable"] for cell in cells})
    base = alt.Chart(charts.data(cells)).encode(
        x=alt.X(
            "year:O",
            title=None,
            axis=alt.Axis(orient="top", labelAngle=0, labelExpr="'’' + slice(datum.label, 2)", domain=False, ticks=False),
        ),
        y=alt.Y("variable:N", sort=variables, title=None, axis=alt.Axis(labelLimit=220, domain=False, ticks=False)),
    )
    shade = alt.Color("shade:Q", scale=alt.Scale(domain=[0, 100], range=["#f1f5f9", "#9db7d3", "#12436d"]), legend=None)
    layers = [
        base.transform_filter("!isValid(datum.shade)")
        .mark_rect(fill="#ffffff", stroke="#b4bac0", strokeDash=[2, 2], strokeWidth=1)
        .encode(**charts.says_itself()),
        base.transform_filter("isValid(datum.shade)")
        .mark_rect(stroke="#ffffff", strokeWidth=1)
        .encode(color=shade, **charts.says_itself()),
        base.mark_text(fontSize=11, aria=False, tooltip=None).encode(
            text="text:N", color=alt.condition("datum.shade > 72", alt.value("#ffffff"), alt.value(charts.INK))
        ),
    ]
    summary = f"{kind}: percent of rows without a value, {len(variables)} variables by census year."
    return Chart(kind, charts.finished(alt.layer(*layers), summary, 24 * len(variables)), summary, is_wide=True)


def _summary(rows: list[Row]) -> str:
    """The variables that are missing most, in the newest year."""
    newest = max(row["census_year"] for row in rows)
    known = [row for row in rows if row["census_year"] == newest and isinstance(row["missing"], float)]
    worst = sorted(known, key=lambda row: (-row["missing"], row["variable"]))[:3]
    if not worst:
        return f"In {newest} no variable that is asked of every row is missing often enough to be shown."
    named = ", ".join(f"{row['variable']} ({row['missing']:.1f} %)" for row in worst)
    return f"Of the variables asked of every row, those missing most often in {newest} are {named}."
