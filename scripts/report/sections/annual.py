"""Annual prevalence and incidence of England, and the spread over the three ids."""

from __future__ import annotations

import altair as alt
from disclosure.profiles import WITHHELD, Profile, Shown, ratio

from .. import charts
from ..facts import Facts, Row
from ..tables import Chart, Column, Figure, Table, plotted, sentence, written
from .context import Extract

MEASURES = {
    "recorded": "In the census at all",
    "open": "With an open case",
    "in_need_any_point": "In need at any point",
    "in_need_31_march": "In need on 31 March",
    "protection_plan_any_point": "On a plan at any point",
    "protection_plan_31_march": "On a plan on 31 March",
    "referred": "Referred",
    "entered": "Referred for the first time",
    "re_entered": "Referred again",
}
OF_PLANS = ("protection_plan_any_point", "protection_plan_31_march")
SCHEMES = ("la_child_id", "pmr_first_id", "child_id")
KEY = [("ours", "This extract"), ("published", "Published by DfE")]
NOT_SUPPLIED = [("few", "Not supplied")]


def rates(facts: Facts, profile: Profile) -> dict[str, object]:
    """Nine measures of England by year."""
    extract = Extract.of(facts)
    rows = _rate_rows(facts["annual_rates"], profile)
    gaps = tuple(
        row["census_year"] for row in facts["missingness"] if row["variable"] == "plan_start_date" and not row["is_available"]
    )
    shown = [_rate_chart([row for row in rows if row["measure"] == name], name, extract, gaps) for name in MEASURES]
    columns = [
        Column("Measure", "title"),
        Column("Census year", "year", "year"),
        Column("Children of the extract", "count", "count"),
        Column("Percent of children", "percent", "mean"),
        Column("Per 10,000", "rate", "rate"),
        Column("Children published", "published_children", "printed"),
        Column("Published, per 10,000", "published_rate", "rate"),
    ]
    notes = ["Rates divide by children aged 0 to 17 at the middle of the calendar year before the closing March."]
    if gaps:
        notes.append(f"Plans were not supplied for {_named(gaps)}.")
    if any(row["is_half_year"] for row in rows):
        notes.append("2009 (*) is half a year: October 2008 to March 2009.")
    short = [row for row in rows if row["measure"] == "recorded" and row["authorities_returned"] < row["authorities_expected"]]
    if short:
        gap_years = "; ".join(
            f"{row['census_year']}: {row['authorities_expected'] - row['authorities_returned']}" for row in short
        )
        notes.append(f"Authorities that made no return, and are missing in the counts: {gap_years}.")
    ordered = sorted(rows, key=lambda row: (list(MEASURES).index(row["measure"]), row["census_year"]))
    key = [
        *KEY[:1],
        *extract.half_year_key,
        *KEY[1:],
        *(NOT_SUPPLIED if gaps else []),
    ]
    return {
        "figure": Figure("rates", shown, _rate_summary(rows, extract), key),
        "table": Table("England by measure and census year, children under the linked child_id", columns, ordered, notes),
        "gaps": _named(gaps),
    }


def _rate_rows(raw: list[Row], profile: Profile) -> list[Row]:
    """The measures as they may be shown, with their rates."""
    counts = {}
    for year in sorted({row["census_year"] for row in raw}):
        shown = _shown({row["measure"]: row["n_children"] for row in raw if row["census_year"] == year}, profile)
        counts |= {(year, name): count for name, count in shown.items()}
    return [
        {
            "measure": row["measure"],
            "title": MEASURES[row["measure"]],
            "census_year": row["census_year"],
            "year": f"{row['census_year']} *" if row["is_half_year"] else row["census_year"],
            "is_half_year": row["is_half_year"],
            "authorities_expected": row["authorities_expected"],
            "authorities_returned": row["authorities_returned"],
            "count": counts[row["census_year"], row["measure"]],
            "percent": ratio(counts[row["census_year"], row["measure"]], row["population"], 100, 2),
            "rate": ratio(counts[row["census_year"], row["measure"]], row["population"], 10_000),
            "published_children": row["published_children"],
            "published_rate": ratio(row["published_children"], row["population_of_england"], 10_000),
        }
        for row in raw
        if row["measure"] in MEASURES
    ]


def _shown(raw: dict[str, int], profile: Profile) -> dict[str, Shown]:
    """The counts of one year as they may be shown. Those who entered and re-entered are the parts of those referred."""
    shown = {name: profile.count(raw[name]) for name in MEASURES}
    (shown["entered"], shown["re_entered"]), shown["referred"] = profile.parts(
        [raw["entered"], raw["re_entered"]], raw["referred"]
    )
    return shown


def _rate_chart(rows: list[Row], name: str, extract: Extract, gaps: tuple[int, ...]) -> Chart:
    """One measure over the years."""
    points = plotted(rows, census_year="census_year", ours="rate", published="published_rate", is_half_year="is_half_year")
    for point, row in zip(points, rows, strict=True):
        point["label"] = (
            f"{row['census_year']}: {sentence(row['rate'], 'rate')} per 10,000 ({sentence(row['percent'], 'mean', ' %')})"
            + (f", published {row['published_rate']:.1f}" if row["published_rate"] is not None else "")
            + (", half a year" if row["is_half_year"] else "")
        )
    hidden = gaps if name in OF_PLANS else ()
    chart = charts.over_years(points, extract.census_years, charts.rate_axis(), hidden)
    summary = f"{MEASURES[name]}, children per 10,000 by census year. " + "; ".join(point["label"] for point in points) + "."
    if hidden:
        summary += f" Plans were not supplied for {_named(hidden)}."
    return Chart(MEASURES[name], charts.finished(chart, summary, 200), summary)


def _rate_summary(rows: list[Row], extract: Extract) -> str:
    """The newest year in a sentence."""
    newest = {row["measure"]: row for row in rows if row["census_year"] == extract.census_years[-1]}
    said = {name: sentence(newest[name]["rate"], "count") for name in newest}
    return (
        f"In {extract.census_years[-1]}, of every 10,000 children in England {said['recorded']} were in the census, "
        f"{said['in_need_any_point']} in need at some point, {said['in_need_31_march']} in need on 31 March and "
        f"{said['protection_plan_31_march']} on a protection plan that day; {said['referred']} were referred, "
        f"{said['re_entered']} of them not for the first time in the extract."
    )


def _named(years: tuple[int, ...]) -> str:
    """Years in words."""
    return ", ".join(str(year) for year in years)


def bracket(facts: Facts, profile: Profile) -> dict[str, object]:
    """How far the choice of id moves each measure, in the newest year."""
    extract = Extract.of(facts)
    newest = extract.census_years[-1]
    rows = []
    of_newest = [row for row in facts["id_schemes"] if row["census_year"] == newest]
    by_scheme = {
        scheme: _shown({row["measure"]: row[f"n_children_by_{scheme}"] for row in of_newest}, profile) for scheme in SCHEMES
    }
    for name, title in MEASURES.items():
        shown = {scheme: by_scheme[scheme][name] for scheme in SCHEMES}
        known = [count for count in shown.values() if isinstance(count, int)]
        off = {f"off_{scheme}": ratio(count, shown["child_id"], 100) for scheme, count in shown.items()}
        off = {key: round(value - 100, 1) if isinstance(value, float) else value for key, value in off.items()}
        spread = (
            round(100 * (max(known) - min(known)) / shown["child_id"], 1) if len(known) == 3 and shown["child_id"] else None
        )
        rows.append({"title": title, **shown, **off, "spread": WITHHELD if spread is None else spread})
    columns = [
        Column("Measure", "title"),
        *(Column(scheme, scheme, "count") for scheme in SCHEMES),
        Column("Spread, %", "spread", "percent"),
    ]
    points = [
        {
            "measure": row["title"],
            "scheme": scheme,
            "off": row[f"off_{scheme}"],
            "label": f"{row['title']}, by {scheme}: {written(row[f'off_{scheme}'], 'change')} % from the count by child_id",
        }
        for row in rows
        for scheme in SCHEMES[:2]
        if isinstance(row[f"off_{scheme}"], float)
    ]
    widest = max((row for row in rows if isinstance(row["spread"], float)), key=lambda row: row["spread"], default=None)
    summary = (
        f"In {newest} the three ids lie furthest apart for children {_lower(widest['title'])}: by {widest['spread']:.1f} % "
        "of the linked count."
        if widest
        else f"The counts of {newest} are too small to be compared."
    )
    return {
        "year": newest,
        "figure": Figure(
            "id-schemes",
            [_bracket_chart(points, summary)] if points else [],
            summary,
            [("la_child_id", "la_child_id"), ("pmr_first_id", "pmr_first_id"), ("zero", "child_id, the linked id")],
        ),
        "table": Table(f"Children of the extract under each of the three ids, England {newest}", columns, rows),
    }


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _bracket_chart(points: list[Row], summary: str) -> Chart:
    """Distance of the other two ids from the linked one, by measure."""
    order = list(MEASURES.values())
    base = alt.Chart(charts.data(points)).encode(y=charts.name_axis("measure", order))
    linked = alt.Chart(charts.data([{"off": 0}])).mark_rule(color=charts.OURS, strokeWidth=2, aria=False).encode(x="off:Q")
    axis = {
        "title": None,
        "axis": alt.Axis(labelExpr="(datum.value > 0 ? '+' : '') + replace(datum.label, '-', '−') + ' %'", tickCount=5),
    }
    marks = base.mark_point(size=80, strokeWidth=2, opacity=1).encode(
        x=alt.X("off:Q", **axis),
        color=alt.Color(
            "scheme:N", scale=alt.Scale(domain=list(SCHEMES[:2]), range=[charts.PRINTED, charts.THIRD]), legend=None
        ),
        shape=alt.Shape("scheme:N", scale=alt.Scale(domain=list(SCHEMES[:2]), range=["diamond", "triangle-up"]), legend=None),
        **charts.says_itself(),
    )
    return Chart(
        "Percent from the count by child_id",
        charts.finished(alt.layer(linked, marks), summary, charts.rows_height(order)),
        summary,
    )
