"""Checks of names and values that the standard harmonises, and what the API asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from .checks import WARNING, check
from .pair import Pair
from .standard import API_LIMITS, DICTIONARY_ITEMS, ETHNICITY_MAJOR, HARMONISED_NAMES, OBSERVATION, PLACES


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
