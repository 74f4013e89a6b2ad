"""Checks a pair of CSV files against the standard of explore-education-statistics (EES), DfE's open-data platform.

    .venv/bin/python -m release.screener data.csv [more.csv ...]     screens each file with its .meta.csv   (from scripts/)
    .venv/bin/python -m release.screener --list                      lists the checks

81 checks in stages; a stage in which one fails is the last that runs. The names are those of DfE's own screener (eesyscreener
0.3), so that results can be laid side by side; the code is ours, from the published guidance and the screener's documentation.
Severity and detail are ours where neither says them. We hold lists of countries, regions and authorities: a row of another kind
of place fails, since no list vouches for it. We do not hold the data dictionary, only the names known to be in it.
"""

from __future__ import annotations

from pathlib import Path

from . import columns, figures, filters, geography, metadata, names, times  # noqa: F401 -- importing them registers their checks
from .checks import CHECKS, FAIL, PASS, STAGES, WARNING, Check, Result, is_api_suitable, is_passed, screen
from .pair import Pair
from .standard import REQUIRED_META, Lookups

__all__ = [
    "CHECKS",
    "FAIL",
    "PASS",
    "REQUIRED_META",
    "STAGES",
    "WARNING",
    "Check",
    "Lookups",
    "Pair",
    "Result",
    "is_api_suitable",
    "is_passed",
    "screen",
    "screen_files",
]


def screen_files(data_file: Path, lookups: Lookups) -> list[Result]:
    """The results for a file and the metadata beside it."""
    meta_file = data_file.with_name(data_file.name.removesuffix(".csv") + ".meta.csv")
    return screen(Pair.read(data_file, meta_file, lookups))
