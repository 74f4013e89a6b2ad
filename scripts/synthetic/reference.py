"""Reads what the generator rests on: the project's seeds and its own calibration table."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACKAGE_DIR = Path(__file__).resolve().parent
SEED_DIR = PACKAGE_DIR.parents[1] / "seeds"

FIRST_CENSUS_YEAR = 2009
LAST_CENSUS_YEAR = 2025
N_CENSUS_YEARS = LAST_CENSUS_YEAR - FIRST_CENSUS_YEAR + 1


def day_number(text: str) -> int:
    """Days from 1970-01-01 to an ISO date."""
    return int(np.datetime64(text, "D").astype(int))


# Day numbers of the first and last day of each census year; 2009 counted in full (April 2008).
YEAR_START = np.array(
    [day_number(f"{y - 1}-04-01") for y in range(FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR + 1)]
)
CENSUS_DAY = np.array(
    [day_number(f"{y}-03-31") for y in range(FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR + 1)]
)
# First day that a return covers: the first census covers October 2008 to March 2009 alone.
RETURN_START = YEAR_START.copy()
RETURN_START[0] = day_number("2008-10-01")


def census_year_index(days: np.ndarray) -> np.ndarray:
    """0 for census year 2009 (and for every earlier day), 16 for 2025."""
    return np.clip(np.searchsorted(YEAR_START, days, side="right") - 1, 0, N_CENSUS_YEARS - 1)


def read_rows(path: Path) -> list[dict[str, str]]:
    """All rows of a small CSV file as text."""
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


class Calibration:
    """The figures of calibration.csv: parameter x key x census year."""

    def __init__(self, path: Path = PACKAGE_DIR / "calibration.csv") -> None:
        self._rows: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in read_rows(path):
            self._rows[row["parameter"]].append(row)

    def number(self, parameter: str) -> float:
        """The single figure of a parameter that does not change from year to year."""
        (row,) = self._rows[parameter]
        return float(row["value"])

    def by_year(self, parameter: str) -> np.ndarray:
        """One figure per census year, 2009 first; a year not listed keeps the figure before it."""
        given = {int(r["census_year"]): float(r["value"]) for r in self._rows[parameter]}
        figures, current = [], None
        for year in range(FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR + 1):
            current = given.get(year, current)
            figures.append(current)
        return np.array(figures, dtype=float)

    def pairs(self, parameter: str) -> list[tuple[int, str]]:
        """Census year and key of each row of a parameter."""
        return [(int(r["census_year"]), r["key"]) for r in self._rows[parameter]]

    def weights(self, parameter: str) -> dict[str, float]:
        """Code -> weight, in the order of the table."""
        return {r["key"]: float(r["value"]) for r in self._rows[parameter]}

    def quantiles(self, parameter: str) -> tuple[np.ndarray, np.ndarray]:
        """Cumulative shares and the values at them, for a straight line in between."""
        rows = self._rows[parameter]
        return (
            np.array([float(r["key"]) for r in rows]),
            np.array([float(r["value"]) for r in rows]),
        )


@dataclass(frozen=True)
class Geography:
    """Units are the smallest areas that never change hands: one path through the reorganisations.

    unit_code[y, u] is the position in `codes` of the authority that holds unit u in census year y.
    """

    codes: list[str]
    unit_code: np.ndarray
    unit_weight: np.ndarray
    unit_region: np.ndarray
    id_family: np.ndarray  # per code: authorities of one family share a series of local child ids


def read_geography(seed_dir: Path = SEED_DIR) -> Geography:
    """Authorities, their reorganisations and their populations, from the seeds."""
    authorities = read_rows(seed_dir / "local_authorities.csv")
    spans, regions = _spans_and_regions(authorities)
    population = _population(seed_dir)
    changes = [
        (r["predecessor_code"], r["successor_code"], int(r["first_census_year"]))
        for r in read_rows(seed_dir / "local_authority_changes.csv")
        if r["predecessor_code"] != r["successor_code"]
    ]
    codes = sorted(spans)
    position = {code: i for i, code in enumerate(codes)}
    paths = sorted((p, s, y) for p, s, y in changes)
    changed = {c for p, s, _ in paths for c in (p, s)}
    paths = [(c, c, FIRST_CENSUS_YEAR) for c in codes if c not in changed] + paths
    unit_code = np.empty((N_CENSUS_YEARS, len(paths)), dtype=np.int32)
    unit_weight = np.empty((N_CENSUS_YEARS, len(paths)))
    shares = _path_shares(paths, population)
    for u, (before, after, change_year) in enumerate(paths):
        for y in range(N_CENSUS_YEARS):
            code = after if y + FIRST_CENSUS_YEAR >= change_year else before
            unit_code[y, u] = position[code]
            unit_weight[y, u] = population[y + FIRST_CENSUS_YEAR, code] * shares[u, code]
    return Geography(
        codes=codes,
        unit_code=unit_code,
        unit_weight=unit_weight,
        unit_region=np.array([regions[after] for _, after, _ in paths]),
        id_family=_families(codes, paths),
    )


def _spans_and_regions(authorities: list[dict[str, str]]) -> tuple[dict, dict]:
    """First and last census year, and region, of each authority code."""
    spans: dict[str, tuple[int, int]] = {}
    regions: dict[str, str] = {}
    for row in authorities:
        code = row["local_authority_code"]
        first = int(row["first_census_year"] or FIRST_CENSUS_YEAR)
        last = int(row["last_census_year"] or 9999)
        if code in spans:
            first, last = min(first, spans[code][0]), max(last, spans[code][1])
        if first <= LAST_CENSUS_YEAR:
            spans[code] = (first, last)
            regions[code] = row["region_code"]
    return spans, regions


def _population(seed_dir: Path) -> dict[tuple[int, str], float]:
    """Children aged 0 to 17 by census year and authority code."""
    return {
        (int(r["census_year"]), r["geography_code"]): float(r["n_children_0_17"])
        for r in read_rows(seed_dir / "population_0_17.csv")
        if r["geography_level"] == "Local authority"
    }


def _path_shares(paths, population) -> dict[tuple[int, str], float]:
    """Share of an authority's children who live in a unit, for both ends of the unit's path."""
    shares: dict[tuple[int, str], float] = {}
    children: dict[int, float] = {}
    successors = defaultdict(set)
    predecessors = defaultdict(set)
    for before, after, _ in paths:
        successors[before].add(after)
        predecessors[after].add(before)
    for u, (before, after, year) in enumerate(paths):
        size = population[max(year, FIRST_CENSUS_YEAR), after]
        if len(successors[before]) == 1 and len(predecessors[after]) > 1:
            size = population[year - 1, before]
        elif len(predecessors[after]) > 1:
            whole = [p for p in sorted(predecessors[after]) if len(successors[p]) == 1]
            size = max(size - sum(population[year - 1, p] for p in whole), 0.02 * size)
        children[u] = size
    for end in (0, 1):
        total: dict[str, float] = defaultdict(float)
        for u, path in enumerate(paths):
            total[path[end]] += children[u]
        for u, path in enumerate(paths):
            shares[u, path[end]] = children[u] / total[path[end]]
    return shares


def _families(codes: list[str], paths) -> np.ndarray:
    """One number per authority code; authorities linked by a reorganisation share it."""
    family = {code: i for i, code in enumerate(codes)}
    for _ in range(len(paths)):
        moved = False
        for before, after, _ in paths:
            low = min(family[before], family[after])
            moved = moved or family[before] != low or family[after] != low
            family[before] = family[after] = low
        if not moved:
            break
    return np.array([family[code] for code in codes])
