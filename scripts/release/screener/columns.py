"""Checks of names of files and columns, and whether data and metadata name the same."""

from __future__ import annotations

import re

import polars as pl

from .checks import WARNING, check
from .pair import Pair
from .standard import OBSERVATION, OPTIONAL_META, REQUIRED_COLUMNS, REQUIRED_META, SMUSHED


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
