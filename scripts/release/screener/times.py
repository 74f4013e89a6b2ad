"""Checks of time periods and their identifiers."""

from __future__ import annotations

import re

from .checks import check
from .pair import Pair
from .standard import FOUR_DIGITS, TIME_FAMILIES


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
