"""Can the tables be used, year by year, and which rules spoil most?"""

from __future__ import annotations

import altair as alt
from disclosure.profiles import Profile

from .. import charts
from ..facts import Facts, Row
from ..tables import Chart, Column, Figure, Table, sentence
from .context import Extract

VERDICTS = {
    "usable": "usable",
    "usable_with_care": "usable with care",
    "not_usable": "not usable",
    "not_collected": "not collected",
}
SHOWN_RULES = 10
KEY = [("warning", "A rule that warns"), ("information", "A rule for information"), ("error", "A rule that stops the build")]


def grades(facts: Facts, profile: Profile) -> dict[str, object]:
    """The grades as a grid, their reasons, and the rules most often above their thresholds."""
    extract = Extract.of(facts)
    raw = facts["mart_grades"]
    broken = {(row["rule_id"], row["census_year"]): _broken(row, profile) for row in facts["rule_years"]}
    marts = list(dict.fromkeys(row["mart"] for row in raw))
    by_key = {(row["mart"], row["census_year"]): row for row in raw}
    grid = [{"mart": mart, "grades": [by_key[mart, year]["grade"] for year in extract.census_years]} for mart in marts]
    reasons = [
        {
            "mart": row["mart"],
            "year": row["census_year"],
            "grade": row["grade"],
            "verdict": VERDICTS[row["verdict"]],
            "why": "; ".join(f"{rule} ({broken[rule, row['census_year']]['said']})" for rule in row["rule_ids"]),
        }
        for row in raw
        if row["rule_ids"]
    ]
    rules = _rules(facts["rule_years"], broken)
    columns = [Column("Table of results", "mart", "code"), Column("Census year", "year", "year"), Column("Grade", "grade")]
    columns += [Column("Verdict", "verdict"), Column("Rules above threshold, and share broken", "why")]
    best = sum(1 for row in raw if row["grade"] in "AB")
    summary = (
        f"Of {len(raw)} pairs of a table and a year, {best} have grade A or B and are usable, {len(raw) - best} call for care or "
        "are not."
    )
    return {
        "years": extract.census_years,
        "grid": grid,
        "grid_summary": summary,
        "reasons": Table("Why a table has its grade", columns, reasons),
        "figure": Figure("rules", [_rule_chart(rules[:SHOWN_RULES], extract)] if rules else [], _rule_summary(rules), KEY),
        "rules": Table("Rules above their threshold", _rule_columns(), rules),
    }


def _broken(row: Row, profile: Profile) -> Row:
    """How often a rule was broken in a year, as it may be shown. Authorities are no children: they are shown as they are."""
    if row["entity"] == "authority_year":
        share = round(100 * row["n_broken"] / row["n_checked"], 1) if row["n_checked"] else None
        return {"share": share, "said": f"{row['n_broken']} of {row['n_checked']} authorities"}
    share = profile.share(row["n_broken"], row["n_checked"]).percent
    return {"share": share, "said": sentence(share, "percent", " %")}


def _rule_columns() -> list[Column]:
    return [
        Column("Rule", "rule_id", "code"),
        Column("What it asks", "asks"),
        Column("Severity", "severity"),
        Column("Years above", "n_years", "authorities"),
        Column("Tables spoilt", "n_marts", "authorities"),
        Column("Threshold, %", "threshold", "public"),
        Column("Highest share, %", "worst", "percent"),
        Column("What it means for results", "meaning"),
    ]


def _rules(raw: list[Row], broken: dict) -> list[Row]:
    """One row for each rule that was above its threshold, those that spoil most tables in most years first."""
    rules = []
    for rule_id in dict.fromkeys(row["rule_id"] for row in raw):
        years = [row for row in raw if row["rule_id"] == rule_id]
        shares = [broken[rule_id, row["census_year"]]["share"] for row in years]
        known = [share for share in shares if isinstance(share, float)]
        rules.append(
            {
                "rule_id": rule_id,
                "asks": years[0]["sentence"],
                "severity": {"warn": "warning", "info": "information"}.get(years[0]["severity"], years[0]["severity"]),
                "years": [row["census_year"] for row in years],
                "n_years": len(years),
                "n_marts": len(years[0]["marts"]),
                "threshold": f"{max(row['threshold_percent'] for row in years):g}",
                "worst": max(known) if known else shares[0],
                "meaning": years[0]["meaning_for_analyst"],
            }
        )
    return sorted(rules, key=lambda rule: (-rule["n_years"] * rule["n_marts"], rule["rule_id"]))


def _rule_summary(rules: list[Row]) -> str:
    """The rule that spoils most, in a sentence."""
    if not rules:
        return "No rule was above its threshold in any year."
    first = rules[0]
    many = "1 rule was" if len(rules) == 1 else f"{len(rules)} rules were"
    return (
        f"{many} above the threshold in some year. The one that spoils most is {first['rule_id']}: above it in "
        f"{first['n_years']} "
        f"of the years, it spoils {first['n_marts']} tables of results."
    )


def _rule_chart(rules: list[Row], extract: Extract) -> Chart:
    """A mark for each year in which a rule was above its threshold."""
    marks = [
        {
            "rule": rule["rule_id"],
            "year": str(year),
            "severity": rule["severity"],
            "label": f"{rule['rule_id']}: above its threshold in {year}",
        }
        for rule in rules
        for year in rule["years"]
    ]
    years = [str(year) for year in extract.census_years]
    severities = {"error": charts.FOURTH, "warning": charts.PRINTED, "information": charts.OURS}
    chart = (
        alt.Chart(charts.data(marks))
        .mark_point(size=90, filled=True, opacity=1)
        .encode(
            x=alt.X(
                "year:O",
                title=None,
                scale=alt.Scale(domain=years),
                axis=alt.Axis(labelAngle=0, labelExpr="'’' + slice(datum.label, 2)", grid=True, labelOverlap="parity"),
            ),
            y=alt.Y(
                "rule:N",
                sort=[rule["rule_id"] for rule in rules],
                title=None,
                axis=alt.Axis(labelLimit=230, ticks=False, grid=True),
            ),
            color=alt.Color(
                "severity:N", scale=alt.Scale(domain=list(severities), range=list(severities.values())), legend=None
            ),
            shape=alt.Shape(
                "severity:N", scale=alt.Scale(domain=list(severities), range=["square", "diamond", "circle"]), legend=None
            ),
            **charts.says_itself(),
        )
    )
    summary = (
        "Years in which a rule was above its threshold. "
        + "; ".join(f"{rule['rule_id']}: {', '.join(map(str, rule['years']))}" for rule in rules)
        + "."
    )
    return Chart("Years above the threshold, by rule", charts.finished(alt.layer(chart), summary, 28 * len(rules)), summary)
