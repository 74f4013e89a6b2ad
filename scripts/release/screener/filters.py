"""Checks of filters and their items."""

from __future__ import annotations

from .checks import WARNING, check
from .pair import Pair
from .standard import ITEM_LIMIT, OBSERVATION


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
