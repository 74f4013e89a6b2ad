"""Checks of metadata."""

from __future__ import annotations

import re

from .checks import WARNING, check, repeated
from .pair import Pair
from .standard import LOOKS_LIKE_PLACE, OBSERVATION, UNITS


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
    yield from repeated(pair.meta["col_name"])


@check("meta")
def check_meta_col_name_spaces(pair: Pair):
    """Column names in the metadata have no spaces."""
    yield from (f"'{name}'" for name in pair.meta["col_name"] if re.search(r"\s", name))


@check("meta")
def check_meta_dupe_label(pair: Pair):
    """No label is given twice."""
    yield from repeated(label for label in pair.meta["label"] if label)


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
    yield from repeated(pair.groups)


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
            yield from repeated(re.sub(r"[^a-z0-9]", "", item.lower()) for item in pair.items(name))


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
