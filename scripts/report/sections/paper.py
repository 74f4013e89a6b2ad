"""The paper's Table 1 and its description of the cohort, ours beside the printed figures."""

from __future__ import annotations

import altair as alt
from disclosure.profiles import WITHHELD, Profile, difference, ratio

from .. import charts
from ..facts import Facts, Row
from ..tables import Chart, Column, Figure, Table, plotted, sentence
from .context import Extract

COUNTED = {
    "pupil_matching_refs": "Pupil matching references",
    "la_child_ids": "Child ids",
    "episodes": "Episodes",
}
CHARACTERISTICS = {
    "sex": "Sex",
    "ethnic_group": "Ethnic group",
    "age_at_first_referral": "Age at first referral",
    "primary_need_code": "Primary need of the first referral",
    "is_ever_on_protection_plan": "Ever on a child protection plan",
}
KEY = [("ours", "This extract"), ("published", "Printed in the paper")]


def table_1(facts: Facts, profile: Profile) -> dict[str, object]:
    """Table 1, by census year and over all."""
    extract = Extract.of(facts)
    rows = [_table_1_row(row, extract, profile) for row in facts["table_1"]]
    columns = [Column("Census year", "period", "year")]
    columns += [
        Column("Of the extract", "local_authorities", "authorities"),
        Column("Printed", "printed_local_authorities", "printed"),
    ]
    for name in COUNTED:
        columns += [
            Column("Of the extract", name, "count"),
            Column("Printed", f"printed_{name}", "printed"),
            Column("Off by, %", f"off_{name}", "change"),
        ]
    columns += [Column("Of the extract", "per_child", "ratio"), Column("Printed", "printed_per_child", "ratio")]
    groups = [("", 1), ("Authorities", 2), *((title, 3) for title in COUNTED.values()), ("Episodes per child id", 2)]
    notes = ["The printed number of child ids of 2012 is a misprint (*): fewer ids than pupil matching references."]
    has_misprint = any(row["is_misprint"] for row in rows)
    key = [*KEY[:1], *extract.half_year_key, *(KEY[1:] if any(row["printed_episodes"] for row in rows) else [])]
    return {
        "figure": Figure(
            "table-1", [_table_1_chart(rows, name, extract) for name in COUNTED], _table_1_summary(rows, extract), key
        ),
        "table": Table(
            "Table 1 of the paper, and the same from this extract", columns, rows, notes if has_misprint else [], groups
        ),
    }


def _table_1_row(row: Row, extract: Extract, profile: Profile) -> Row:
    """A row of Table 1 in the form in which it may be shown."""
    shown: Row = {
        "period": row["period"],
        "census_year": row["census_year"],
        "is_half_year": row["census_year"] == 2009,
        "local_authorities": row["local_authorities"],
        "printed_local_authorities": row["printed_local_authorities"],
        "is_misprint": row["is_misprint"],
    }
    for name in COUNTED:
        count, printed = profile.count(row[f"n_{name}"]), row[f"printed_{name}"]
        is_misprint = name == "la_child_ids" and row["is_misprint"]
        shown[name] = count
        shown[f"scaled_{name}"] = count if count in (None, WITHHELD) else round(count * extract.scale)
        shown[f"plotted_{name}"] = printed
        shown[f"printed_{name}"] = f"{printed:,} *" if is_misprint else printed
        shown[f"off_{name}"] = None if is_misprint else difference(count, printed, extract.scale)
    shown["per_child"] = ratio(shown["episodes"], shown["la_child_ids"], 1, 2)
    misprint = row["is_misprint"]
    shown["printed_per_child"] = None if misprint else ratio(row["printed_episodes"], row["printed_la_child_ids"], 1, 2)
    return shown


def _table_1_chart(rows: list[Row], name: str, extract: Extract) -> Chart:
    """One count of Table 1 over the years, scaled to England, with the printed figures."""
    years = [row for row in rows if row["census_year"]]
    points = plotted(
        years, census_year="census_year", is_half_year="is_half_year", ours=f"scaled_{name}", published=f"plotted_{name}"
    )
    for point, row in zip(points, years, strict=True):
        is_misprint = name == "la_child_ids" and row["is_misprint"]
        point["is_misprint"] = is_misprint
        point["label"] = (
            f"{row['period']}: {sentence(row[f'scaled_{name}'], 'count')} from this extract"
            + (f", {row[f'plotted_{name}']:,} printed" if row[f"plotted_{name}"] else "")
            + (" (misprint)" if is_misprint else "")
        )
    misprints = tuple(point["census_year"] for point in points if point["is_misprint"])
    chart = charts.over_years(points, extract.census_years, charts.count_axis(), misprints=misprints)
    summary = f"{COUNTED[name]} by census year, scaled to England. " + "; ".join(point["label"] for point in points) + "."
    return Chart(COUNTED[name], charts.finished(chart, summary), summary)


def _table_1_summary(rows: list[Row], extract: Extract) -> str:
    """How far the extract lies from the paper, in one sentence."""
    off = [
        (abs(row[f"off_{name}"]), row["period"], COUNTED[name].lower(), row[f"off_{name}"])
        for row in rows
        for name in COUNTED
        if isinstance(row[f"off_{name}"], float)
    ]
    if not off:
        return (
            "The extract holds no census year that can be compared with the paper’s, which are 2009 to 2016: it has "
            f"{extract.span}."
        )
    within = sum(1 for one in off if one[0] <= 5)
    _, period, what, worst = max(off)
    return (
        f"Of the {len(off)} counts that can be compared, {within} lie within 5 % of the printed figure; the furthest, "
        f"{what} in {period}, "
        f"lies {abs(worst):.1f} % {'above' if worst > 0 else 'below'} it."
    )


def description(facts: Facts, profile: Profile) -> dict[str, object]:
    """What the children are like, in the paper's years and in the whole extract."""
    rows = _description_rows(facts["cohort_description"], profile)
    periods = list(dict.fromkeys(row["period"] for row in rows))
    first = [row for row in rows if row["period"] == periods[0]]
    is_paper = bool(first and first[0]["is_period_of_paper"])
    columns = [
        Column("Characteristic", "characteristic_title"),
        Column("Category", "label"),
        Column("Children of the extract", "count", "count"),
        Column("Percent", "percent", "percent"),
        Column("Printed percent", "printed_percent", "percent"),
    ]
    tables = [
        Table(
            f"Children first returned in {period.replace('-', ' to ')}, by characteristic",
            columns if any(row["printed_percent"] is not None for row in rows if row["period"] == period) else columns[:-1],
            [row for row in rows if row["period"] == period and row["category"] != "mean"],
            [_mean_age(row) for row in rows if row["period"] == period and row["category"] == "mean"],
        )
        for period in periods
    ]
    shown = [_description_chart(first, name) for name in CHARACTERISTICS]
    return {
        "period": periods[0].replace("-", " to ") if periods else "",
        "is_period_of_paper": is_paper,
        "figure": Figure("cohort", shown, _description_summary(first), KEY if is_paper else KEY[:1]),
        "tables": tables,
    }


def _description_rows(raw: list[Row], profile: Profile) -> list[Row]:
    """The rows of the description as they may be shown; the categories of a characteristic are parts of one total."""
    rows = []
    for key in dict.fromkeys((row["period"], row["characteristic"]) for row in raw):
        of_key = [row for row in raw if (row["period"], row["characteristic"]) == key]
        parts = [row for row in of_key if row["category"] != "mean"]
        counts, total = profile.parts([row["n_la_child_ids"] for row in parts], parts[0]["n_total"] or 0)
        for row, count in zip(parts, counts, strict=True):
            rows.append(_description_row(row) | {"count": count, "percent": ratio(count, total, 100)})
        for row in of_key:
            if row["category"] == "mean":
                mean = profile.mean(row["value"], row["n_la_child_ids"])
                rows.append(
                    _description_row(row)
                    | {"mean": mean, "printed_mean": row["printed_value"] if row["is_period_of_paper"] else None}
                )
    return rows


def _description_row(row: Row) -> Row:
    """What of a row is public."""
    is_paper = row["is_period_of_paper"]
    return {
        "period": row["period"],
        "is_period_of_paper": is_paper,
        "characteristic": row["characteristic"],
        "characteristic_title": CHARACTERISTICS[row["characteristic"]],
        "category": row["category"],
        "label": row["label"],
        "printed_percent": row["printed_percent"] if is_paper else None,
    }


def _mean_age(row: Row) -> str:
    """The mean age in a sentence."""
    printed = f"; the paper prints {row['printed_mean']}" if row["printed_mean"] is not None else ""
    return f"Mean age at first referral, over ages 0 to 25: {sentence(row['mean'], 'mean', ' years')}{printed}."


def _description_chart(rows: list[Row], name: str) -> Chart:
    """Ours and printed percentages of one characteristic, joined by a line."""
    of_name = [row for row in rows if row["characteristic"] == name and row["category"] != "mean"]
    points = plotted(of_name, category="label", ours="percent", published="printed_percent")
    for point, row in zip(points, of_name, strict=True):
        printed = f", {row['printed_percent']:g} % printed" if row["printed_percent"] is not None else ""
        point["label"] = f"{row['label']}: {sentence(row['percent'], 'percent', ' %')} in this extract{printed}"
        point["withheld"] = "c" if row["percent"] == WITHHELD else ""
    order = [row["label"] for row in of_name]
    base = alt.Chart(charts.data(points)).encode(y=charts.name_axis("category", order))
    ours, published = (alt.X(f"{field}:Q", **charts.percent_axis()) for field in ("ours", "published"))
    has_ours, has_published = "isValid(datum.ours)", "isValid(datum.published)"
    has_both = f"{has_ours} && {has_published}"
    layers = {
        has_both: base.mark_rule(color="#8a9199", strokeWidth=3, aria=False).encode(x=ours, x2="published:Q"),
        has_ours: base.mark_point(size=70, filled=True, color=charts.OURS, opacity=1).encode(x=ours, **charts.says_itself()),
        has_published: base.mark_point(
            shape="diamond", size=90, color=charts.PRINTED, strokeWidth=2, filled=False, opacity=1
        ).encode(x=published, **charts.says_itself()),
        "datum.withheld": base.mark_text(text="c", align="left", dx=4, fontSize=13, color=charts.GREY).encode(
            x=alt.value(0), **charts.says_itself()
        ),
    }
    applies = {
        has_both: any(point["ours"] is not None and point["published"] is not None for point in points),
        has_ours: any(point["ours"] is not None for point in points),
        has_published: any(point["published"] is not None for point in points),
        "datum.withheld": any(point["withheld"] for point in points),
    }
    shown = [layer.transform_filter(condition) for condition, layer in layers.items() if applies[condition]]
    title = CHARACTERISTICS[name]
    summary = f"{title}. " + "; ".join(point["label"] for point in points) + "."
    return Chart(title, charts.finished(alt.layer(*shown), summary, charts.rows_height(order)), summary)


def _description_summary(rows: list[Row]) -> str:
    """How near the description comes to the paper's, in one sentence."""
    off = [
        (abs(row["percent"] - row["printed_percent"]), row)
        for row in rows
        if row["printed_percent"] is not None and isinstance(row.get("percent"), float)
    ]
    mean = " ".join(_mean_age(row) for row in rows if row["category"] == "mean")
    if not off:
        return f"The paper prints nothing for these years. {mean}"
    _, row = max(off, key=lambda one: one[0])
    return (
        f"Of {len(off)} printed percentages, {sum(1 for one in off if one[0] <= 2)} lie within two percentage points of "
        "this extract’s; "
        f"the furthest apart is “{row['label']}”: {row['percent']:.1f} % here, {row['printed_percent']:g} % printed. {mean}"
    )
