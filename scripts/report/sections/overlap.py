"""The overlap of the census with schools and care, drawn to scale from published figures."""

from __future__ import annotations

from math import sqrt

from disclosure.profiles import Profile

from ..facts import Facts
from ..tables import Column, Table

SIDE = 340  # of the whole square, in units of the drawing
CENSUS_WIDTH = 120  # of the census in the first drawing


def drawing(facts: Facts, profile: Profile) -> dict[str, object]:
    """Boxes whose areas are to scale: children of England, then the census enlarged. Public figures: no profile applies."""
    known = {row["fact"]: row for row in facts["published_context"]}
    number = {fact: row["value"] for fact, row in known.items()}
    whole, census = number["children_0_17"], number["recorded_in_census"]
    matched = number["recorded_with_pupil_matching_ref"]
    unit = SIDE * SIDE / whole  # area of one child
    england = {
        "pupils_height": round(SIDE * number["pupils_all_schools"] / whole, 1),
        "census_width": CENSUS_WIDTH,
        "matched_height": round(matched * unit / CENSUS_WIDTH, 1),
        "unmatched_height": round((census - matched) * unit / CENSUS_WIDTH, 1),
    }
    inside = ("in_need_any_point", "in_need_31_march", "looked_after_31_march", "protection_plan_31_march")
    sides = {fact: round(SIDE * sqrt(number[fact] / census), 1) for fact in inside}
    columns = [
        Column("Children in 2015/16", "label"),
        Column("Number", "value", "printed"),
        Column("Percent of children", "percent", "percent"),
        Column("Certainty", "certainty"),
        Column("Source", "source"),
    ]
    rows = [row | {"percent": round(100 * row["value"] / whole, 1)} for row in facts["published_context"]]
    summary = (
        f"Of {whole:,} children in England, {census:,} had a record in the census of 2015/16, {matched:,} of them with a "
        "pupil matching "
        f"reference; {number['in_need_any_point']:,} were in need at some point, {number['in_need_31_march']:,} on 31 "
        "March, of whom "
        f"{number['protection_plan_31_march']:,} on a protection plan; {number['looked_after_31_march']:,} were looked after."
    )
    return {
        "side": SIDE,
        "number": number,
        "england": england,
        "sides": sides,
        "enlarged": round(whole / census),
        "matched_percent": f"{100 * matched / census:.0f}",
        "figure_summary": summary,
        "table": Table("Published figures behind the drawing", columns, rows),
    }
