"""Checks of rows and indicators."""

from __future__ import annotations

import polars as pl

from .checks import Mild, check
from .pair import Pair
from .standard import IGNORED_LEVELS, LEGACY_SYMBOLS, NULLS, NUMBER, OBSERVATION, SYMBOLS


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


@check("indicators")
def check_ind_invalid_entry(pair: Pair):
    """Indicators hold numbers or the symbols z, x, c, low, k, u: never a blank, ~ or : , a comma or a unit."""
    for name in pair.indicators:
        texts = pair.data[name].filter(~pair.data[name].str.contains(NUMBER)).unique()
        yield from (f"'{text}' in '{name}'" for text in texts if text not in SYMBOLS | LEGACY_SYMBOLS)
