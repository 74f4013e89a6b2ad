"""Authorities beside England: rates against population, with the limits that chance sets."""

from __future__ import annotations

import altair as alt
from disclosure.profiles import AUTHORITY, WITHHELD, Profile, ratio

from .. import charts
from ..facts import Facts, Row
from ..limits import limits
from ..tables import Chart, Column, Figure, Table
from .context import Extract

MEASURES = {
    "referred": "Children referred in the year",
    "in_need_31_march": "Children in need on 31 March",
    "protection_plan_31_march": "Children on a protection plan on 31 March",
}
LEAST_POINTS = 5
INSIDE, UNSURE, NEAR, OUTSIDE = "within the limits", "not certain: rounded", "outside 95 %", "outside 99.8 %"
ZONES = {  # colour, shape
    INSIDE: (charts.OURS, "circle"),
    UNSURE: (charts.GREY, "triangle-up"),
    NEAR: (charts.FOURTH, "square"),
    OUTSIDE: (charts.PRINTED, "diamond"),
}


def funnels(facts: Facts, profile: Profile) -> dict[str, object]:
    """One funnel plot for each measure, the authorities outside, and all that may be shown."""
    extract = Extract.of(facts)
    raw = facts["authority_rates"]
    is_rounded = profile.bases[AUTHORITY] > 1
    by_measure = {name: _rows([row for row in raw if row["measure"] == name], extract, profile) for name in MEASURES}
    everyone = [row for rows in by_measure.values() for row in rows]
    outside = [row for row in everyone if row["zone"] in (NEAR, OUTSIDE)]
    sample = f" ({extract.share} in the extract)" if extract.is_sample else ""
    columns = [
        Column("Authority", "authority"),
        Column("Measure", "title"),
        Column("Children of the extract", "count", "count"),
        Column(f"Children aged 0 to 17{sample}", "population", "public"),
        Column("Per 10,000", "rate", "rate"),
        Column("95 % limits", "limits_95"),
        Column("99.8 % limits", "limits_998"),
        Column("Place", "place"),
    ]
    summaries = {name: _summary(rows, MEASURES[name]) for name, rows in by_measure.items()}
    shown = [
        _chart(rows, name, extract, profile, summaries[name])
        for name, rows in by_measure.items()
        if sum(1 for row in rows if row["count"] != WITHHELD) >= LEAST_POINTS
    ]
    notes = [summaries[name] for name in MEASURES if name not in {chart.spec["usermeta"]["measure"] for chart in shown}]
    return {
        "year": raw[0]["census_year"] if raw else None,
        "figure": Figure(
            "funnels",
            shown,
            _finding(by_measure),
            [
                ("inside", "Within the limits"),
                *([("unsure", "Not certain, since rounded")] if is_rounded else []),
                ("near", "Outside 95 %"),
                ("outside", "Outside 99.8 %"),
                ("limits", "Limits, 95 % and 99.8 %"),
                ("few", "Withheld: too few children"),
            ],
        ),
        "not_drawn": notes,
        "is_rounded": is_rounded,
        "outside": Table("Authorities outside the limits", columns, outside),
        "tables": [
            Table(f"{MEASURES[name]}, all authorities", columns[:1] + columns[2:], rows) for name, rows in by_measure.items()
        ],
    }


def _rows(raw: list[Row], extract: Extract, profile: Profile) -> list[Row]:
    """The authorities of one measure as they may be shown. They are parts of England, whose count is shown as well."""
    if not raw:
        return []
    england = profile.count(raw[0]["n_children_of_england"])
    counts, _ = profile.parts([row["n_children"] for row in raw], raw[0]["n_children_of_england"], AUTHORITY)
    rate = ratio(england, raw[0]["population_of_england"], 10_000, 4)
    rows = []
    for row, count in zip(raw, counts, strict=True):
        bounds = _bounds(row["population"], rate)
        zone, side = _place(count, row["population"], bounds, profile)
        rows.append(
            {
                "measure": row["measure"],
                "title": MEASURES[row["measure"]],
                "authority": row["authority"],
                "count": count,
                "population": row["population_of_authority"],
                "rate": ratio(count, row["population"], 10_000),
                "england": rate,
                "limits_95": _range(bounds[0.95]) if bounds else None,
                "limits_998": _range(bounds[0.998]) if bounds else None,
                "zone": zone,
                "place": f"{side}, {zone}" if side else zone,
            }
        )
    return rows


def _bounds(population: float, rate: float | str | None) -> dict[float, tuple[float, float]] | None:
    """Both pairs of limits for a population, per 10,000."""
    if not isinstance(rate, float):
        return None
    expected = rate * population / 10_000
    return {covered: tuple(10_000 * limit / population for limit in limits(expected, covered)) for covered in (0.95, 0.998)}


def _range(bounds: tuple[float, float]) -> str:
    """Limits in words."""
    return f"{bounds[0]:,.1f} to {bounds[1]:,.1f}"


def _place(count: int | str, population: float, bounds: dict | None, profile: Profile) -> tuple[str, str]:
    """In which zone an authority lies, and on which side. Outside means outside whichever count was rounded to the one "
    "shown."""
    if count == WITHHELD or bounds is None:
        return "withheld", ""
    base = profile.bases[AUTHORITY]
    low, high = (10_000 * (count + step) / population for step in (-(base // 2), (base - 1) // 2))
    for covered, zone in ((0.998, OUTSIDE), (0.95, NEAR)):
        if high < bounds[covered][0]:
            return zone, "low"
        if low > bounds[covered][1]:
            return zone, "high"
    rate = 10_000 * count / population
    return (INSIDE if bounds[0.95][0] <= rate <= bounds[0.95][1] else UNSURE), ""


def _summary(rows: list[Row], title: str) -> str:
    """How many authorities lie where."""
    shown = [row for row in rows if row["count"] != WITHHELD]
    if len(shown) < LEAST_POINTS:
        return f"{title}: {len(shown)} of {len(rows)} authorities have enough children to be shown."
    outer, inner = (sum(1 for row in shown if row["zone"] == zone) or "none" for zone in (OUTSIDE, NEAR))
    return (
        f"{title}: of {len(rows)} authorities {len(shown)} have enough children to be shown. Outside the 99.8 % limits: "
        f"{outer}; outside "
        f"the 95 % limits only: {inner}."
    )


def _finding(by_measure: dict[str, list[Row]]) -> str:
    """How many authorities lie outside, over all measures."""
    shown = {name: [row for row in rows if row["count"] != WITHHELD] for name, rows in by_measure.items()}
    out = {name: sum(1 for row in rows if row["zone"] in (NEAR, OUTSIDE)) for name, rows in shown.items()}
    said = [
        f"{out[name] or 'none'} of {len(rows)} for {MEASURES[name][0].lower()}{MEASURES[name][1:]}"
        for name, rows in shown.items()
        if rows
    ]
    if not said:
        return "No authority has enough children for its figures to be shown."
    return f"Outside the 95 % limits lie, of the authorities with enough children to be shown, {'; '.join(said)}."


def _curves(rows: list[Row], extract: Extract, profile: Profile) -> list[Row]:
    """The limits, from where one child is expected, and the rate below which counts are withheld, along the populations."""
    largest = max(row["population"] for row in rows) * 1.05
    curves = []
    for step in range(1, 61):
        population = largest * (step / 60) ** 2  # closer together where they bend
        sample = population * extract.sampling_fraction
        curve: Row = {"population": round(population), "withheld": round(10_000 * (profile.threshold - 0.5) / sample, 1)}
        if rows[0]["england"] * sample >= 10_000:
            for name, (low, high) in zip(("95", "998"), _bounds(sample, rows[0]["england"]).values(), strict=True):
                curve |= {f"low_{name}": round(low, 1), f"high_{name}": round(high, 1)}
        curves.append(curve)
    return curves


def _chart(rows: list[Row], name: str, extract: Extract, profile: Profile, summary: str) -> Chart:
    """The funnel of one measure."""
    points = [
        {
            "population": row["population"],
            "rate": row["rate"],
            "zone": row["zone"],
            "label": f"{row['authority']}: {row['rate']:.1f} per 10,000, {row['place']} (95 % limits {row['limits_95']})",
        }
        for row in rows
        if row["count"] != WITHHELD
    ]
    top = 1.15 * max([point["rate"] for point in points] + [rows[0]["england"] * 1.5])
    curves = _curves(rows, extract, profile)
    y = {
        "scale": alt.Scale(domain=[0, top], nice=True),
        "title": "per 10,000 children",
        "axis": alt.Axis(tickCount=5, labelExpr="format(datum.value, ',')"),
    }
    across = alt.X(
        "population:Q",
        title="children aged 0 to 17 in the authority",
        scale=alt.Scale(domain=[0, 1.05 * max(point["population"] for point in points)], nice=False),
        axis=alt.Axis(labelExpr="format(datum.value, ',')", tickCount=5, grid=False),
    )
    lines = alt.Chart(charts.data(curves)).encode(x=across)
    layers = [
        lines.mark_area(color=charts.BAND, clip=True, aria=False).encode(y=alt.Y("withheld:Q", **y), y2=alt.datum(0)),
        *(
            lines.mark_line(color=charts.GREY, strokeDash=dash, strokeWidth=1.5, clip=True, aria=False)
            .transform_filter(f"isValid(datum.{field})")
            .encode(y=alt.Y(f"{field}:Q", **y))
            for field, dash in {"low_95": [5, 4], "high_95": [5, 4], "low_998": [1, 0], "high_998": [1, 0]}.items()
        ),
        alt.Chart(charts.data([{"england": rows[0]["england"]}]))
        .mark_rule(color=charts.OURS, strokeWidth=1, aria=False)
        .encode(y=alt.Y("england:Q", **y)),
        alt.Chart(charts.data(points))
        .mark_point(size=55, strokeWidth=1.5, opacity=0.95)
        .encode(
            x=across,
            y=alt.Y("rate:Q", **y),
            color=alt.Color(
                "zone:N", scale=alt.Scale(domain=list(ZONES), range=[colour for colour, _ in ZONES.values()]), legend=None
            ),
            shape=alt.Shape(
                "zone:N", scale=alt.Scale(domain=list(ZONES), range=[shape for _, shape in ZONES.values()]), legend=None
            ),
            **charts.says_itself(),
        ),
    ]
    chart = alt.layer(*layers).properties(usermeta={"measure": name})
    return Chart(MEASURES[name], charts.finished(chart, summary, 300), summary, has_points_to_walk=True)
