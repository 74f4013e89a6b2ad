"""Checks a pair of CSV files against the standard of explore-education-statistics (EES), DfE's open-data platform.

    .venv/bin/python -m release.screener data.csv [more.csv ...]     screens each file with its .meta.csv   (from scripts/)
    .venv/bin/python -m release.screener --list                      lists the checks

81 checks in stages; a stage in which one fails is the last that runs. The names are those of DfE's own screener (eesyscreener
0.3), so that results can be laid side by side; the code is ours, from the published guidance and the screener's documentation.
Severity and detail are ours where neither says them. We hold lists of countries, regions and authorities: a row of another kind
of place fails, since no list vouches for it. We do not hold the data dictionary, only the names known to be in it.
"""

from __future__ import annotations

import argparse
import calendar
import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl
from quiet import run_script

PASS, WARNING, FAIL = "PASS", "WARNING", "FAIL"
STAGES = [
    "filename",
    "columns",
    "cross-file",
    "meta",
    "time",
    "filters",
    "geography",
    "general",
    "indicators",
    "harmonised",
    "API",
]
SEEDS = Path(__file__).resolve().parents[2] / "seeds"

REQUIRED_COLUMNS = ["time_period", "time_identifier", "geographic_level", "country_code", "country_name"]
REQUIRED_META = [
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
]
OPTIONAL_META = ["filter_default", "parent_filter"]
UNITS = ["", "£", "£m", "%", "pp", "numberstring"]
SYMBOLS = {"z", "x", "c", "low", "k", "u"}
LEGACY_SYMBOLS = {"N/A", ".", "..", "-"}
NULLS = {"NULL", "NA", "NaN", "null", "nan", "None"}
NUMBER = r"^-?\d+(\.\d+)?$"

# The columns of each kind of place: code, name, further code.
PLACES = {
    "National": ("country_code", "country_name"),
    "Regional": ("region_code", "region_name"),
    "Local authority": ("new_la_code", "la_name", "old_la_code"),
    "RSC region": ("rsc_region_lead_name",),
    "Parliamentary constituency": ("pcon_code", "pcon_name"),
    "Local authority district": ("lad_code", "lad_name"),
    "Local enterprise partnership": ("local_enterprise_partnership_code", "local_enterprise_partnership_name"),
    "Local skills improvement plan area": ("lsip_code", "lsip_name"),
    "English devolved area": ("english_devolved_area_code", "english_devolved_area_name"),
    "Opportunity area": ("opportunity_area_code", "opportunity_area_name"),
    "Ward": ("ward_code", "ward_name"),
    "MAT": ("trust_id", "trust_name"),
    "Sponsor": ("sponsor_id", "sponsor_name"),
    "School": ("school_urn", "school_name", "school_laestab"),
    "Provider": ("provider_ukprn", "provider_name"),
    "Institution": ("institution_id", "institution_name"),
    "Planning area": ("planning_area_code", "planning_area_name"),
}
IGNORED_LEVELS = ["School", "Provider", "Institution", "Planning area"]
BELOW_AUTHORITY = ["Local authority district", "Ward", *IGNORED_LEVELS]
BELOW_REGION = ["Local authority", "Parliamentary constituency", "English devolved area", "Opportunity area", *BELOW_AUTHORITY]
OTHER_LEVELS = ["Opportunity area", "MAT", "Sponsor"]  # with codes and names, and no list
COUNTRIES = {
    ("E92000001", "England"),
    ("W92000004", "Wales"),
    ("S92000003", "Scotland"),
    ("N92000002", "Northern Ireland"),
    ("K02000001", "United Kingdom"),
    ("K03000001", "Great Britain"),
    ("K04000001", "England and Wales"),
}
NOT_AVAILABLE, NOT_APPLICABLE = "Not available", "z"
OBSERVATION = {"time_period", "time_identifier", "geographic_level", *(name for names in PLACES.values() for name in names)}

MONTHS = calendar.month_name[1:]
QUARTERS = [f"{kind} Q{n}" for kind in ("Calendar year", "Academic year", "Financial year", "Tax year") for n in range(1, 5)]
TIME_FAMILIES = {  # identifier to family: those of one family may stand in one file
    **{name: name for name in ("Calendar year", "Academic year", "Financial year", "Tax year", "Reporting year")},
    **{name: name[:-3] + " quarter" for name in QUARTERS},
    **dict.fromkeys(("Autumn term", "Spring term", "Summer term", "Autumn and spring term"), "term"),
    **dict.fromkeys(MONTHS, "month"),
    **{f"Week {n}": "week" for n in range(1, 53)},
    **dict.fromkeys(("Part 1 (April to September)", "Part 2 (October to March)"), "half"),
}
FOUR_DIGITS = {"Calendar year", "Reporting year", "Calendar year quarter", "month", "week"}

SMUSHED = re.compile(r"(^|_)(male|female|boys?|girls?|white|asian|black|mixed|fsm|eal|ethnic\w*|gender|sex)(_|$)")
LOOKS_LIKE_PLACE = re.compile(
    r"(^|_)(la|lad|lep|lsip|pcon|ward|region|country|local_authority|urn|laestab|ukprn|trust|mat|sponsor|school|provider)(_|$)"
)
HARMONISED_NAMES = {
    re.compile(r"ethnic"): {"ethnicity_major", "ethnicity_minor", "ethnicity_detailed", "minority_ethnic"},
    re.compile(r"(^|_)(sex|gender)(_|$)"): {"sex"},
    re.compile(r"disab"): {"disability_status"},
}
ETHNICITY_MAJOR = {
    "White",
    "Mixed / Multiple ethnic groups",
    "Asian / Asian British",
    "Black / African / Caribbean / Black British",
    "Other ethnic group",
    "Unknown",
    "Total",
}
DICTIONARY_ITEMS = {
    "sex": {"Female", "Male", "Other", "Total", "All pupils"},
    "ethnicity_major": ETHNICITY_MAJOR,
    "disability_status": {"Disability", "No disability", "No known disability", "Not disclosed", "Total"},
}
API_LIMITS = {"location code": 30, "column name": 50, "label": 80, "item": 120}
ITEM_LIMIT = 25_000


@dataclass(frozen=True)
class Lookups:
    """What is known to be right: places by kind as (code, name, further code), and column names of the data dictionary."""

    places: dict[str, set[tuple[str, ...]]]
    regions_of_authorities: set[tuple[str, str]]  # old_la_code, region_code
    dictionary: frozenset[str]

    @classmethod
    def from_seeds(cls, folder: Path = SEEDS) -> Lookups:
        """Countries, regions and authorities of the project's seeds, and the names that they mark as in the dictionary."""
        authorities = _read_rows(folder / "local_authorities.csv")
        columns = _read_rows(folder / "release_columns.csv")
        return cls(
            places={
                "National": COUNTRIES,
                "Regional": {(row["region_code"], row["region_name"]) for row in authorities},
                "Local authority": {
                    (row["gss_code"], row["local_authority_name"], row["local_authority_code"]) for row in authorities
                },
            },
            regions_of_authorities={(row["local_authority_code"], row["region_code"]) for row in authorities},
            dictionary=frozenset(row["column_name"] for row in columns if row["is_in_dictionary"] == "true"),
        )


def _read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Pair:
    """A data file and its metadata, read as text."""

    data_name: str
    meta_name: str
    data: pl.DataFrame
    meta: pl.DataFrame
    lookups: Lookups = field(repr=False)

    @classmethod
    def read(cls, data_file: Path, meta_file: Path, lookups: Lookups) -> Pair:
        """The pair as its files have it. Raises ValueError where one cannot be read as comma-separated UTF-8."""
        return cls(data_file.name, meta_file.name, _read(data_file), _read(meta_file), lookups)

    @cached_property
    def filters(self) -> list[str]:
        return self._meta_of("Filter", "col_name")

    @cached_property
    def indicators(self) -> list[str]:
        return self._meta_of("Indicator", "col_name")

    @cached_property
    def groups(self) -> list[str]:
        return [name for name in self.meta["filter_grouping_column"] if name]

    @cached_property
    def levels(self) -> list[str]:
        return self.data["geographic_level"].unique(maintain_order=True).to_list()

    def rows(self, col_type: str) -> list[dict[str, str]]:
        """Rows of the metadata of one type."""
        return [row for row in self.meta.to_dicts() if row["col_type"] == col_type]

    def items(self, column: str) -> list[str]:
        """The different values of a column."""
        return self.data[column].unique(maintain_order=True).to_list()

    def places(self, level: str) -> set[tuple[str, ...]]:
        """The places of a kind that any row names, each as its codes and name. Rows that leave all blank name none."""
        columns = [name for name in PLACES[level] if name in self.data.columns]
        return {row for row in self.data.select(columns).unique().rows() if any(row)} if columns else set()

    def at(self, level: str) -> pl.DataFrame:
        """The rows of a geographic level."""
        return self.data.filter(pl.col("geographic_level") == level)

    def _meta_of(self, col_type: str, column: str) -> list[str]:
        return [row[column] for row in self.rows(col_type)]


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False).fill_null("")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read as comma-separated UTF-8 ({type(error).__name__})") from None


@dataclass(frozen=True)
class Check:
    """A check: its name, its stage, what a problem means, and the function that finds problems."""

    name: str
    stage: str
    severity: str
    rule: str
    find: Callable[[Pair], Iterable[str]]


@dataclass(frozen=True)
class Result:
    """What a check found."""

    check: Check
    outcome: str
    message: str


CHECKS: list[Check] = []


def check(stage: str, severity: str = FAIL) -> Callable:
    """Registers a function that yields problems as a check; its docstring is the rule."""

    def register(find: Callable[[Pair], Iterable[str]]) -> Callable:
        CHECKS.append(Check(find.__name__, stage, severity, find.__doc__, find))
        return find

    return register


class Mild(str):
    """A problem that is a warning in a check that else fails."""


def screen(pair: Pair) -> list[Result]:
    """The results of all checks, up to the last stage that was run."""
    results = []
    for stage in STAGES:
        results += [_run(one, pair) for one in CHECKS if one.stage == stage]
        if any(result.outcome == FAIL for result in results):
            break
    return results


def is_passed(results: list[Result]) -> bool:
    """True where nothing failed: the files may be published."""
    return all(result.outcome != FAIL for result in results)


def is_api_suitable(results: list[Result]) -> bool:
    """True where nothing failed or warned: the files may be offered through the API."""
    return all(result.outcome == PASS for result in results)


def _run(one: Check, pair: Pair) -> Result:
    problems = list(one.find(pair))
    if not problems:
        return Result(one, PASS, "")
    outcome = WARNING if all(isinstance(problem, Mild) for problem in problems) else one.severity
    return Result(one, outcome, "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else ""))


# ---- filename


@check("filename")
def check_filename_spaces(pair: Pair):
    """File names have no spaces."""
    yield from (f"'{name}'" for name in (pair.data_name, pair.meta_name) if re.search(r"\s", name))


@check("filename")
def check_filename_special(pair: Pair):
    """File names hold lower-case letters, digits, hyphens and underscores only."""
    pattern = re.compile(r"[a-z0-9_\-\s]+(\.meta)?\.csv")
    yield from (f"'{name}'" for name in (pair.data_name, pair.meta_name) if not pattern.fullmatch(name))


@check("filename")
def check_filenames_match(pair: Pair):
    """The metadata of name.csv are in name.meta.csv."""
    if pair.meta_name != pair.data_name.removesuffix(".csv") + ".meta.csv":
        yield f"'{pair.meta_name}' beside '{pair.data_name}'"


# ---- columns


@check("columns")
def precheck_col_req_data(pair: Pair):
    """The data have the five required columns."""
    yield from (f"'{name}' is missing" for name in REQUIRED_COLUMNS if name not in pair.data.columns)


@check("columns")
def precheck_col_req_meta(pair: Pair):
    """The metadata have the eight required columns."""
    yield from (f"'{name}' is missing" for name in REQUIRED_META if name not in pair.meta.columns)


@check("columns")
def precheck_col_invalid_meta(pair: Pair):
    """The metadata have no other columns than the required and the two optional ones."""
    yield from (f"'{name}'" for name in pair.meta.columns if name not in REQUIRED_META + OPTIONAL_META)


@check("columns")
def precheck_col_to_rows(pair: Pair):
    """The data have at least five columns more than the metadata have rows."""
    if pair.data.width < pair.meta.height + len(REQUIRED_COLUMNS):
        yield f"{pair.data.width} columns, {pair.meta.height} rows of metadata"


@check("columns")
def check_col_names_spaces(pair: Pair):
    """Column names of the data have no spaces."""
    yield from (f"'{name}'" for name in pair.data.columns if re.search(r"\s", name))


@check("columns", WARNING)
def check_col_snake_case(pair: Pair):
    """Column names are in snake case: lower-case letters, digits and underscores."""
    yield from (f"'{name}'" for name in pair.data.columns if re.search(r"[^a-z0-9_\s]", name))


@check("columns", WARNING)
def check_col_var_start(pair: Pair):
    """Column names begin with a lower-case letter."""
    yield from (f"'{name}'" for name in pair.data.columns if not re.match(r"[a-z]", name))


@check("columns", WARNING)
def check_col_var_characteristic(pair: Pair):
    """No column is called characteristic or characteristic_group."""
    names = [*_column(pair.meta, "col_name"), *_column(pair.meta, "filter_grouping_column")]
    yield from (f"'{name}'" for name in names if name in ("characteristic", "characteristic_group"))


@check("columns")
def check_col_ind_smushed(pair: Pair):
    """Names of indicators do not hold items of filters, such as male: those belong into a filter."""
    rows = pair.meta.to_dicts()
    yield from (f"'{r['col_name']}'" for r in rows if r.get("col_type") == "Indicator" and SMUSHED.search(r["col_name"].lower()))


def _column(frame: pl.DataFrame, name: str) -> list[str]:
    return frame[name].to_list() if name in frame.columns else []


# ---- cross-file


@check("cross-file")
def precheck_cross_meta_to_data(pair: Pair):
    """Every column that the metadata describe is in the data."""
    names = [name.strip() for name in pair.meta["col_name"]]  # blanks are for another check
    yield from (f"'{name}'" for name in names if name and name not in pair.data.columns)


@check("cross-file")
def precheck_cross_data_to_meta(pair: Pair):
    """Every column of the data is one of time or place, or is described by the metadata, or groups a filter."""
    known = {*OBSERVATION, *(name.strip() for name in pair.meta["col_name"]), *pair.groups}
    yield from (f"'{name}'" for name in pair.data.columns if name not in known)


# ---- meta


@check("meta")
def precheck_meta_col_name(pair: Pair):
    """Every row of the metadata names a column."""
    yield from (f"row {n}" for n, name in enumerate(pair.meta["col_name"], 1) if not name.strip())


@check("meta")
def precheck_meta_col_type(pair: Pair):
    """Every row of the metadata is a Filter or an Indicator."""
    yield from (f"'{kind}'" for kind in pair.meta["col_type"] if kind not in ("Filter", "Indicator"))


@check("meta")
def precheck_meta_ob_unit(pair: Pair):
    """Columns of time and place have no row in the metadata."""
    yield from (f"'{name}'" for name in pair.meta["col_name"] if name in OBSERVATION)


@check("meta")
def check_meta_col_name_dupe(pair: Pair):
    """No column has two rows in the metadata."""
    yield from _repeated(pair.meta["col_name"])


@check("meta")
def check_meta_col_name_spaces(pair: Pair):
    """Column names in the metadata have no spaces."""
    yield from (f"'{name}'" for name in pair.meta["col_name"] if re.search(r"\s", name))


@check("meta")
def check_meta_dupe_label(pair: Pair):
    """No label is given twice."""
    yield from _repeated(label for label in pair.meta["label"] if label)


@check("meta")
def check_meta_label(pair: Pair):
    """Every row of the metadata has a label."""
    yield from (f"'{row['col_name']}'" for row in pair.meta.to_dicts() if not row["label"].strip())


@check("meta")
def check_meta_fil_grp(pair: Pair):
    """Indicators have no column that groups them as filters have."""
    yield from (f"'{row['col_name']}'" for row in pair.rows("Indicator") if row["filter_grouping_column"])


@check("meta")
def check_meta_fil_grp_dupe(pair: Pair):
    """No column groups two filters."""
    yield from _repeated(pair.groups)


@check("meta")
def check_meta_fil_grp_is_fil(pair: Pair):
    """A column that groups a filter is not a filter itself."""
    yield from (f"'{name}'" for name in pair.groups if name in pair.filters)


@check("meta")
def check_meta_fil_grp_match(pair: Pair):
    """A column that groups a filter is in the data."""
    yield from (f"'{name}'" for name in pair.groups if name not in pair.data.columns)


@check("meta")
def check_meta_fil_grp_stripped(pair: Pair):
    """Groups of filters are told apart by letters and digits, not by signs and case alone."""
    for name in pair.groups:
        if name in pair.data.columns:
            yield from _repeated(re.sub(r"[^a-z0-9]", "", item.lower()) for item in pair.items(name))


@check("meta")
def check_meta_filter_hint(pair: Pair):
    """Indicators have no filter hint."""
    yield from (f"'{row['col_name']}'" for row in pair.rows("Indicator") if row["filter_hint"])


@check("meta")
def check_meta_geog_catch(pair: Pair):
    """No filter, nor a column that groups one, is named like a place."""
    yield from (f"'{name}'" for name in [*pair.filters, *pair.groups] if LOOKS_LIKE_PLACE.search(name.lower()))


@check("meta", WARNING)
def check_meta_ind_dp_set(pair: Pair):
    """Every indicator says its decimal places."""
    yield from (f"'{row['col_name']}'" for row in pair.rows("Indicator") if row["indicator_dp"] == "")


@check("meta")
def check_meta_ind_dp_values(pair: Pair):
    """Decimal places are whole numbers from 0."""
    yield from (f"'{row['indicator_dp']}'" for row in pair.rows("Indicator") if not re.fullmatch(r"\d*", row["indicator_dp"]))


@check("meta")
def check_meta_ind_unit(pair: Pair):
    """Filters have no unit."""
    yield from (f"'{row['col_name']}'" for row in pair.rows("Filter") if row["indicator_unit"])


@check("meta")
def check_meta_ind_unit_validation(pair: Pair):
    """Units of indicators are blank, £, £m, %, pp or numberstring."""
    yield from (f"'{row['indicator_unit']}'" for row in pair.rows("Indicator") if row["indicator_unit"] not in UNITS)


@check("meta")
def check_meta_indicator_dp(pair: Pair):
    """Filters have no decimal places."""
    yield from (f"'{row['col_name']}'" for row in pair.rows("Filter") if row["indicator_dp"])


@check("meta")
def check_meta_indicator_grouping(pair: Pair):
    """Filters have no grouping of indicators."""
    yield from (f"'{row['col_name']}'" for row in pair.rows("Filter") if row["indicator_grouping"])


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [f"'{name}'" for name in names if name in seen or seen.add(name)]


# ---- time


@check("time")
def precheck_time_id_valid(pair: Pair):
    """Every time_identifier is one of the standard's."""
    yield from (f"'{name}'" for name in pair.items("time_identifier") if name not in TIME_FAMILIES)


@check("time")
def precheck_time_id_mix(pair: Pair):
    """All rows are of one family of time_identifier: years, quarters, months and so on are not mixed."""
    families = sorted({TIME_FAMILIES[name] for name in pair.items("time_identifier") if name in TIME_FAMILIES})
    if len(families) > 1:
        yield ", ".join(families)


@check("time")
def precheck_time_period_num(pair: Pair):
    """time_period is a number."""
    yield from (f"'{period}'" for period in pair.items("time_period") if not re.fullmatch(r"\d+", period))


@check("time")
def check_time_period(pair: Pair):
    """time_period has four digits, or six for years that straddle two; Reporting and Calendar years have four."""
    for period, identifier in pair.data.select("time_period", "time_identifier").unique(maintain_order=True).rows():
        allowed = {4} if TIME_FAMILIES.get(identifier) in FOUR_DIGITS else {4, 6}
        if re.fullmatch(r"\d+", period) and len(period) not in allowed:
            yield f"'{period}' ({identifier})"


@check("time")
def check_time_period_six(pair: Pair):
    """A time_period of six digits names two years that follow each other, as 201718."""
    for period in pair.items("time_period"):
        if re.fullmatch(r"\d{6}", period) and (int(period[2:4]) + 1) % 100 != int(period[4:]):
            yield f"'{period}'"


# ---- filters


@check("filters")
def precheck_filter_not_singular(pair: Pair):
    """Every filter has more than one item; one with a single item says nothing."""
    yield from (f"'{name}'" for name in pair.filters if len(pair.items(name)) < 2)


@check("filters")
def check_filter_blanks(pair: Pair):
    """No item of a filter or of its groups is blank."""
    yield from (f"'{name}'" for name in [*pair.filters, *pair.groups] if "" in pair.items(name))


@check("filters", WARNING)
def check_filter_defaults(pair: Pair):
    """Every filter has the item Total, or the item that filter_default names; its groups have Total."""
    defaults = {row["col_name"]: row.get("filter_default") or "Total" for row in pair.rows("Filter")}
    defaults |= dict.fromkeys(pair.groups, "Total")
    yield from (f"'{name}' has no '{item}'" for name, item in defaults.items() if item not in pair.items(name))


@check("filters")
def check_filter_group_level(pair: Pair):
    """A filter has at least as many items as groups."""
    for row in pair.rows("Filter"):
        group = row["filter_grouping_column"]
        if group and len(pair.items(group)) > len(pair.items(row["col_name"])):
            yield f"'{group}' over '{row['col_name']}'"


@check("filters")
def check_filter_item_limit(pair: Pair):
    """A filter has at most 25,000 items."""
    yield from (f"'{name}'" for name in pair.filters if len(pair.items(name)) > ITEM_LIMIT)


@check("filters")
def check_filter_ob_total(pair: Pair):
    """No column of time or place says Total or All."""
    columns = [name for name in pair.data.columns if name in OBSERVATION]
    yield from (f"'{name}'" for name in columns if {"total", "all"} & {item.lower() for item in pair.items(name)})


@check("filters")
def check_filter_whitespace(pair: Pair):
    """No item of a filter, nor a label, begins or ends with a space."""
    items = (item for name in [*pair.filters, *pair.groups] for item in pair.items(name))
    yield from (f"'{text}'" for text in [*items, *pair.meta["label"]] if text != text.strip())


# ---- geography


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
    yield from _repeated(name for code, name in _others(pair) if name != NOT_AVAILABLE)


@check("geography")
def check_geog_other_code_dupes(pair: Pair):
    """An opportunity area, trust or sponsor of one code has one name."""
    yield from _repeated(code for code, _ in _others(pair) if code != "x")


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


# ---- general


@check("general")
def check_general_dupes(pair: Pair):
    """No two rows are of the same time, place and items of filters and their groups."""
    keys = [name for name in pair.data.columns if name in {*OBSERVATION, *pair.filters, *pair.groups}]
    rows = pair.data.filter(~pl.col("geographic_level").is_in(IGNORED_LEVELS)).select(keys)
    if rows.height > rows.unique().height:
        yield f"{rows.height - rows.unique().height} rows"


@check("general")
def check_general_null(pair: Pair):
    """No cell says NULL, NA or the like. N/A, . .. and - are out of date, and warned of."""
    for frame, name in ((pair.data, pair.data_name), (pair.meta, pair.meta_name)):
        for column in frame.columns:
            yield from (f"'{item}' in '{column}' of {name}" for item in frame[column].unique() if item in NULLS)
    for column in pair.data.columns:
        yield from (Mild(f"'{item}' in '{column}'") for item in pair.items(column) if item in LEGACY_SYMBOLS)


# ---- indicators


@check("indicators")
def check_ind_invalid_entry(pair: Pair):
    """Indicators hold numbers or the symbols z, x, c, low, k, u: never a blank, ~ or : , a comma or a unit."""
    for name in pair.indicators:
        texts = pair.data[name].filter(~pair.data[name].str.contains(NUMBER)).unique()
        yield from (f"'{text}' in '{name}'" for text in texts if text not in SYMBOLS | LEGACY_SYMBOLS)


# ---- harmonised


@check("harmonised")
def check_harmonised_variables(pair: Pair):
    """Filters of ethnicity, sex and disability, and columns that group them, have the harmonised names."""
    for name in [*pair.filters, *pair.groups]:
        if any(pattern.search(name.lower()) and name not in names for pattern, names in HARMONISED_NAMES.items()):
            yield f"'{name}'"


@check("harmonised", WARNING)
def check_harmonised_eth_vals(pair: Pair):
    """Items of ethnicity_major are the harmonised ones."""
    if "ethnicity_major" in pair.data.columns:
        yield from (f"'{item}'" for item in pair.items("ethnicity_major") if item not in ETHNICITY_MAJOR)


@check("harmonised")
def check_harmonised_eth_char_grp(pair: Pair):
    """A characteristic_group of ethnicity is called Ethnicity Major, Minor or Detailed, or Minority Ethnic."""
    pattern = re.compile("Ethnicity Major|Ethnicity Minor|Ethnicity Detailed|Minority Ethnic")
    if "characteristic_group" in pair.data.columns:
        groups = [item for item in pair.items("characteristic_group") if "ethnic" in item.lower()]
        yield from (f"'{item}'" for item in groups if not pattern.search(item))


@check("harmonised", WARNING)
def check_harmonised_eth_char_vals(pair: Pair):
    """A characteristic in a group of ethnicity is a harmonised item."""
    if {"characteristic_group", "characteristic"} <= set(pair.data.columns):
        rows = pair.data.filter(pl.col("characteristic_group").str.to_lowercase().str.contains("ethnicity major"))
        yield from (f"'{item}'" for item in rows["characteristic"].unique() if item not in ETHNICITY_MAJOR)


# ---- API


@check("API", WARNING)
def check_api_char_col_name(pair: Pair):
    """Names of columns have at most 50 characters."""
    yield from _too_long(pair.meta["col_name"], API_LIMITS["column name"])


@check("API", WARNING)
def check_api_char_col_label(pair: Pair):
    """Labels have at most 80 characters."""
    yield from _too_long(pair.meta["label"], API_LIMITS["label"])


@check("API", WARNING)
def check_api_char_filter_items(pair: Pair):
    """Items of filters, and names of places, have at most 120 characters."""
    names = [name for name in pair.data.columns if name in OBSERVATION and name.endswith("_name")]
    yield from _too_long((item for name in [*pair.filters, *names] for item in pair.items(name)), API_LIMITS["item"])


@check("API", WARNING)
def check_api_char_loc_code(pair: Pair):
    """Codes of places have at most 30 characters."""
    codes = {name for names in PLACES.values() for name in names if not name.endswith("_name")}
    columns = [name for name in pair.data.columns if name in codes]
    yield from _too_long((item for name in columns for item in pair.items(name)), API_LIMITS["location code"])


def _too_long(texts: Iterable[str], limit: int) -> list[str]:
    return [f"'{text}'" for text in texts if len(text) > limit]


@check("API", WARNING)
def check_data_dict_col_name(pair: Pair):
    """Names of filters and indicators are in the EES data dictionary."""
    known = pair.lookups.dictionary | DICTIONARY_ITEMS.keys()
    yield from (f"'{name}'" for name in pair.meta["col_name"] if name not in known)


@check("API", WARNING)
def check_data_dict_fil_item(pair: Pair):
    """Items of the filters that the data dictionary lists are in it."""
    for name, items in DICTIONARY_ITEMS.items():
        if name in pair.filters:
            yield from (f"'{name}' / '{item}'" for item in pair.items(name) if item not in items)


def screen_files(data_file: Path, lookups: Lookups) -> list[Result]:
    """The results for a file and the metadata beside it."""
    meta_file = data_file.with_name(data_file.name.removesuffix(".csv") + ".meta.csv")
    return screen(Pair.read(data_file, meta_file, lookups))


def main() -> int:
    """Exit code 0 if no check failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", help="data files; metadata are looked for beside them")
    parser.add_argument("--list", action="store_true", help="list the checks and their rules")
    options = parser.parse_args()
    if options.list:
        for one in sorted(CHECKS, key=lambda one: STAGES.index(one.stage)):
            print(f"{one.stage:11} {one.name:34} {one.severity:8} {one.rule}")
        print(f"{len(CHECKS)} checks")
        return 0
    passed = True
    for file in options.files:
        results = screen_files(file, Lookups.from_seeds())
        passed &= is_passed(results)
        print(f"{file.name}: {len(results)} of {len(CHECKS)} checks run, API suitable: {is_api_suitable(results)}")
        print("\n".join(f"  {r.outcome:8} {r.check.name}: {r.message}" for r in results if r.outcome != PASS) or "  all passed")
    return 0 if passed else 1


if __name__ == "__main__":
    run_script(main)
