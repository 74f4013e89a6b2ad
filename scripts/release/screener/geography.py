"""Checks of places, their codes and names."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from .checks import WARNING, check, repeated
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


@check("geography")
def check_geog_country_combos(pair: Pair):
    """Codes and names of countries go together as in the official list."""
    yield from _unknown_places(pair, "National")


@check("geography")
def check_geog_region_combos(pair: Pair):
    """Codes and names of regions go together as in the official list."""
    yield from _unknown_places(pair, "Regional")


@check("geography")
def check_geog_la_combos(pair: Pair):
    """Both codes and the name of an authority go together as in the official list."""
    yield from _unknown_places(pair, "Local authority")


@check("geography")
def check_geog_lad_combos(pair: Pair):
    """Codes and names of local authority districts go together as in the list given."""
    yield from _unknown_places(pair, "Local authority district")


@check("geography")
def check_geog_lep_combos(pair: Pair):
    """Codes and names of local enterprise partnerships go together as in the list given."""
    yield from _unknown_places(pair, "Local enterprise partnership")


@check("geography")
def check_geog_lsip_combos(pair: Pair):
    """Codes and names of local skills improvement plan areas go together as in the list given."""
    yield from _unknown_places(pair, "Local skills improvement plan area")


@check("geography")
def check_geog_eda_combos(pair: Pair):
    """Codes and names of English devolved areas go together as in the list given."""
    yield from _unknown_places(pair, "English devolved area")


@check("geography")
def check_geog_pcon_combos(pair: Pair):
    """Codes and names of parliamentary constituencies go together as in the list given."""
    yield from _unknown_places(pair, "Parliamentary constituency")


@check("geography")
def check_geog_ward_combos(pair: Pair):
    """Codes and names of wards go together as in the list given."""
    yield from _unknown_places(pair, "Ward")


def _unknown_places(pair: Pair, level: str) -> Iterable[str]:
    """Places of a kind that the list does not have. Not available (code x) and not applicable (z) are always known."""
    known = pair.lookups.places.get(level, set())
    for place in sorted(pair.places(level)):
        codes = {part for n, part in enumerate(place) if n != 1}
        is_special = place[1] == NOT_AVAILABLE and codes == {"x"} or codes == {NOT_APPLICABLE}
        if place not in known and not is_special:
            yield " / ".join(place)


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
