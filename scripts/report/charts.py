"""How the charts look, and the kinds of chart that several sections use.

Colours keep a contrast of 3 to 1 or more against white and are told apart by colour-blind readers; every series also has a
shape of its own. Each row of data has a sentence, `label`, which is the tooltip and the ARIA label of its mark.
"""

from __future__ import annotations

import json
import textwrap

import altair as alt

from .facts import Row

OURS, PRINTED, THIRD, FOURTH, GREY, SIXTH = "#12436d", "#c8460f", "#1b7f78", "#801650", "#555555", "#7d5fb8"
BAND, INK = "#eef0f2", "#1d1d1d"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
AXIS = {
    "labelFont": FONT,
    "titleFont": FONT,
    "labelFontSize": 13,
    "titleFontSize": 13,
    "titleFontWeight": "normal",
    "labelColor": INK,
    "titleColor": INK,
    "gridColor": "#e3e6e9",
    "domainColor": "#8a9199",
    "tickColor": "#8a9199",
}


def finished(chart: alt.TopLevelMixin, summary: str, height: int = 220) -> dict:
    """The specification of a chart that fills its container, with the look of the page and no address of a schema."""
    spec = (
        chart.properties(
            width="container",
            height=height,
            description=summary,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
        .configure(font=FONT, background="#ffffff", padding=4)
        .configure_axis(**AXIS)
        .configure_view(stroke=None)
        .to_dict()
    )
    spec.pop("$schema")
    return spec


def data(rows: list[Row]) -> alt.InlineData:
    """Rows as the data of a chart."""
    return alt.InlineData(values=rows)


def year_axis(years: list[int], field: str = "census_year") -> alt.X:
    """Census years along the bottom, as the two digits of the closing March."""
    return alt.X(
        f"{field}:Q",
        title=None,
        scale=alt.Scale(domain=[min(years) - 0.5, max(years) + 0.5], nice=False),
        axis=alt.Axis(
            format="d", tickMinStep=1, values=years, grid=False, labelOverlap="parity", labelExpr="'’' + slice(datum.label, 2)"
        ),
    )


def says_itself() -> dict[str, alt.Tooltip | alt.Description]:
    """Tooltip and ARIA label of a mark: the sentence `label` of its row."""
    return {"tooltip": alt.Tooltip("label:N"), "description": alt.Description("label:N")}


def over_years(
    rows: list[Row], years: list[int], axis: dict, gaps: tuple[int, ...] = (), misprints: tuple[int, ...] = ()
) -> alt.LayerChart:
    """Ours as a line with points, published figures as diamonds. Rows: census_year, ours, published, is_half_year, label.

    Years in `gaps`, in which what is counted was not supplied, are shaded. A half year has a hollow point. Published figures
    of the years in `misprints` are said to be so.
    """
    base = alt.Chart(data(rows)).encode(x=year_axis(years))
    ours, published = (alt.Y(f"{field}:Q", **axis) for field in ("ours", "published"))
    layers = []
    if gaps:
        shaded = [{"from": year - 0.5, "to": year + 0.5} for year in gaps]
        layers.append(alt.Chart(data(shaded)).mark_rect(color=BAND, aria=False).encode(x=year_axis(years, "from"), x2="to:Q"))
    layers.append(base.mark_line(color=OURS, strokeWidth=2, aria=False).encode(y=ours))
    layers.append(
        base.transform_filter("isValid(datum.ours)")
        .mark_point(size=45, filled=True, opacity=1, stroke=OURS, strokeWidth=2)
        .encode(y=ours, fill=alt.condition("datum.is_half_year", alt.value("#ffffff"), alt.value(OURS)), **says_itself())
    )
    if any(row.get("published") is not None for row in rows):
        layers.append(
            base.transform_filter("isValid(datum.published)")
            .mark_point(shape="diamond", size=80, color=PRINTED, strokeWidth=2, filled=False, opacity=1)
            .encode(y=published, **says_itself())
        )
    if misprints:
        is_misprint = alt.FieldOneOfPredicate("census_year", list(misprints))
        layers.append(
            base.transform_filter(is_misprint)
            .mark_text(text="misprint", align="left", dx=9, fontSize=13, color=PRINTED, aria=False)
            .encode(y=published)
        )
    return alt.layer(*layers)


def rate_axis() -> dict:
    """Children per 10,000 with the percentage of children beside it, from zero."""
    both = "format(datum.value, ',') + ' (' + format(datum.value / 100, '.3~f') + ' %)'"
    return {"title": None, "scale": alt.Scale(zero=True, nice=True), "axis": alt.Axis(labelExpr=both, tickCount=4)}


def percent_axis() -> dict:
    """Percent, from zero."""
    return {
        "title": None,
        "scale": alt.Scale(zero=True, nice=True),
        "axis": alt.Axis(labelExpr="datum.label + ' %'", tickCount=5),
    }


def count_axis() -> dict:
    """Counts, from zero."""
    written = "format(datum.value, ',')"
    return {"title": None, "scale": alt.Scale(zero=True, nice=True), "axis": alt.Axis(labelExpr=written, tickCount=5)}


def name_axis(field: str, names: list[str], wrapped: int = 24) -> alt.Y:
    """Names down the left, in the given order; long ones on two lines."""
    breaks = "".join(f"datum.label == {json.dumps(name)} ? {json.dumps(textwrap.wrap(name, wrapped))} : " for name in names)
    on_two_lines = {"condition": {"test": f"length(datum.label) > {wrapped}", "value": "bottom"}, "value": "middle"}
    axis = alt.Axis(
        labelExpr=f"{breaks}datum.label",
        labelBaseline=on_two_lines,
        labelLimit=230,
        labelPadding=6,
        offset=6,
        ticks=False,
        domain=False,
        grid=True,
    )
    return alt.Y(f"{field}:N", sort=names, title=None, axis=axis)


def rows_height(names: list[str], step: int = 26, wrapped: int = 24) -> int:
    """The height of a chart with a row for each name, higher where a name takes two lines."""
    return len(names) * (step + 8 if any(len(name) > wrapped for name in names) else step)
