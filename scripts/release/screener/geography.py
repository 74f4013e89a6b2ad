"""Checks of places, their codes and names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import polars as pl

from .checks import CHECKS, FAIL, WARNING, Check, check, repeated
from .pair import Pair
from .standard import BELOW_AUTHORITY, BELOW_REGION, IGNORED_LEVELS, NOT_APPLICABLE, NOT_AVAILABLE, OTHER_LEVELS, PLACES


@check("geography")
def precheck_geog_level(pair: Pair):
    """Every geographic_level is one of the standard's."""
    yield from (f"'{level}'" for level in pair.levels if level not in PLACES)


@check("geography")
def precheck_geog_level_present(pair: Pair):
    """The columns of every level that has rows are there."""
    for level in pair.levels:
        yield from (f"'{name}' for {level}" for name in PLACES.get(level, ()) if name not in pair.data.columns)


def _unknown_places(pair: Pair, level: str) -> Iterable[str]:
    """Places of a kind that the list does not have. Not available (code x) and not applicable (z) are always known."""
    known = pair.lookups.places.get(level, set())
    for place in sorted(pair.places(level)):
        codes = {part for n, part in enumerate(place) if n != 1}
        is_special = place[1] == NOT_AVAILABLE and codes == {"x"} or codes == {NOT_APPLICABLE}
        if place not in known and not is_special:
            yield " / ".join(place)


# The checks that are one: codes and names of a kind of place go together as in a list.
LISTED = [
    ("check_geog_country_combos", "National", "Codes and names of countries go together as in the official list."),
    ("check_geog_region_combos", "Regional", "Codes and names of regions go together as in the official list."),
    ("check_geog_la_combos", "Local authority", "Both codes and the name of an authority go together as in the official list."),
    (
        "check_geog_lad_combos",
        "Local authority district",
        "Codes and names of local authority districts go together as in the list given.",
    ),
    (
        "check_geog_lep_combos",
        "Local enterprise partnership",
        "Codes and names of local enterprise partnerships go together as in the list given.",
    ),
    (
        "check_geog_lsip_combos",
        "Local skills improvement plan area",
        "Codes and names of local skills improvement plan areas go together as in the list given.",
    ),
    (
        "check_geog_eda_combos",
        "English devolved area",
        "Codes and names of English devolved areas go together as in the list given.",
    ),
    (
        "check_geog_pcon_combos",
        "Parliamentary constituency",
        "Codes and names of parliamentary constituencies go together as in the list given.",
    ),
    ("check_geog_ward_combos", "Ward", "Codes and names of wards go together as in the list given."),
]
for name, level, rule in LISTED:
    CHECKS.append(Check(name, "geography", FAIL, rule, partial(_unknown_places, level=level)))


@check("geography")
def check_geog_ignored_rows(pair: Pair):
    """Schools and providers are not mixed, and the file does not hold institutions or planning areas alone."""
    levels = set(pair.levels)
    if {"School", "Provider"} <= levels:
        yield "School and Provider rows are mixed"
    if levels <= {"Institution", "Planning area"}:
        yield "only levels that the table tool ignores"


@check("geography")
def check_geog_la_col_present(pair: Pair):
    """Where one column of authorities is there, all three are."""
    yield from _partly_there(pair, "Local authority")


@check("geography")
def check_geog_region_col_present(pair: Pair):
    """Where one column of regions is there, both are."""
    yield from _partly_there(pair, "Regional")


def _partly_there(pair: Pair, level: str) -> list[str]:
    missing = [name for name in PLACES[level] if name not in pair.data.columns]
    return [f"'{name}' is missing" for name in missing] if len(missing) < len(PLACES[level]) else []


@check("geography")
def check_geog_level_completed(pair: Pair):
    """Rows of a level fill its columns. An old authority may lack the nine-character code."""
    for level in pair.levels:
        rows = pair.at(level)
        for name in PLACES.get(level, ()):
            if name in rows.columns and name != "new_la_code" and (rows[name] == "").any():
                yield f"'{name}' in {level} rows"


@check("geography")
def check_geog_overcompleted_cols(pair: Pair):
    """Columns of a place are blank in rows of other levels, but for those that lie within it."""
    within = {"Regional": BELOW_REGION, "Local authority": BELOW_AUTHORITY}
    for level, names in PLACES.items():
        if level == "National":
            continue
        allowed = [level, *within.get(level, IGNORED_LEVELS)]
        others = pair.data.filter(~pl.col("geographic_level").is_in(allowed))
        yield from (f"'{name}'" for name in names if name in others.columns and (others[name] != "").any())


@check("geography")
def check_geog_na(pair: Pair):
    """Where the code of an opportunity area, trust or sponsor is x, its name is Not available."""
    yield from (f"'{name}'" for code, name in _others(pair) if code == "x" and name != NOT_AVAILABLE)


@check("geography")
def check_geog_na_code(pair: Pair):
    """Where the name of an opportunity area, trust or sponsor is Not available, its code is x."""
    yield from (f"'{code}'" for code, name in _others(pair) if name == NOT_AVAILABLE and code != "x")


@check("geography")
def check_geog_other_dupes(pair: Pair):
    """An opportunity area, trust or sponsor of one name has one code."""
    yield from repeated(name for code, name in _others(pair) if name != NOT_AVAILABLE)


@check("geography")
def check_geog_other_code_dupes(pair: Pair):
    """An opportunity area, trust or sponsor of one code has one name."""
    yield from repeated(code for code, _ in _others(pair) if code != "x")


def _others(pair: Pair) -> list[tuple[str, str]]:
    """Codes and names of places that no list vouches for."""
    return [place for level in OTHER_LEVELS for place in sorted(pair.places(level)) if len(place) == 2]


@check("geography", WARNING)
def check_geog_region_for_la(pair: Pair):
    """Rows of authorities name the region that the authority lies in."""
    yield from _without_region(pair, "Local authority")
    rows = pair.at("Local authority")
    if {"old_la_code", "region_code"} <= set(rows.columns):
        known = pair.lookups.regions_of_authorities | {("x", "x"), ("z", "z")}
        listed = {code for code, _ in known}
        pairs = rows.select("old_la_code", "region_code").unique().rows()
        wrong = [place for place in sorted(pairs) if place[1] and place[0] in listed and place not in known]
        yield from (f"{code} in {region}" for code, region in wrong)


@check("geography", WARNING)
def check_geog_region_for_lad(pair: Pair):
    """Rows of local authority districts name their region."""
    yield from _without_region(pair, "Local authority district")


def _without_region(pair: Pair, level: str) -> Iterable[str]:
    rows = pair.at(level)
    if rows.height and ("region_code" not in rows.columns or (rows["region_code"] == "").any()):
        yield f"{level} rows without a region"
