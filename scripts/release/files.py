"""Lays what is told out as tables in the open-data format of explore-education-statistics (EES): data and metadata.

Percentages and rates are computed from what is told of their parts, so they tell nothing that the counts do not.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .control import Controlled
from .relations import TOTAL
from .screener import REQUIRED_META
from .source import CHILD_ID, Row, Source

Told = tuple[float | None, str]  # a value, or a symbol in its place
NOT_AVAILABLE, NOT_APPLICABLE, CONFIDENTIAL, LOW = "x", "z", "c", "low"
LEVELS = ["National", "Regional", "Local authority"]
UNITS = [
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "new_la_code",
    "la_name",
]
META = [*REQUIRED_META, "filter_default"]


@dataclass(frozen=True)
class Table:
    """A file of the release: its data, and the metadata that describe its columns. All values are text."""

    name: str
    header: list[str]
    rows: list[list[str]]
    meta: list[list[str]]


def tables_of(source: Source, controlled: Controlled) -> list[Table]:
    """Every file of the release."""
    return [_table(source, controlled, file) for file in source.files]


def write_tables(tables: list[Table], folder: Path) -> list[Path]:
    """Writes each table as a pair of CSV files, and gives their paths."""
    paths = []
    for table in tables:
        for ending, header, rows in ((".csv", table.header, table.rows), (".meta.csv", META, table.meta)):
            paths.append(folder / f"{table.name}{ending}")
            with open(paths[-1], "w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return paths


def _table(source: Source, controlled: Controlled, file: Row) -> Table:
    columns = source.columns_of(file["file"])
    filters, items = _filters(source, file["filters"])
    indicators = [column for column in columns if column["kind"] != "filter"]
    rows = []
    for place in sorted((place for place in source.geographies if place["is_shown"]), key=_place_order):
        told_total: dict[str, Told] = {}  # of the first row, which is the total where there is a breakdown
        for texts, key_of in items:
            told = _indicators(place, indicators, lambda measure, place=place, key_of=key_of: controlled.told(
                (place["census_year"], place["geography_level"], place["geography_code"], *key_of(measure))
            ), told_total)
            told_total = told_total or told
            rows.append([*_units(place), *texts, *(written(told[c["column_name"]], c["decimals"]) for c in indicators)])
    header = [*UNITS, *filters, *(column["column_name"] for column in indicators)]
    return Table(file["file"], header, rows, [_meta(column) for column in columns])


def _filters(source: Source, kind: str | None) -> tuple[list[str], list[tuple[list[str], Callable]]]:
    """The filter columns of a file, and the items of its rows: their texts, and the cell of a measure in such a row."""
    if kind is None:
        return [], [([], lambda measure: (measure, *TOTAL))]
    if kind == "breakdown":
        topics = dict.fromkeys((row["topic"], row["breakdown"]) for row in source.breakdowns if row["topic"] != "Id scheme")
        return ["breakdown_topic", "breakdown"], [(list(cell), lambda measure, cell=cell: (measure, *cell)) for cell in topics]
    schemes = [(CHILD_ID, TOTAL)]
    schemes += [(row["breakdown"], ("Id scheme", row["breakdown"])) for row in source.breakdowns if row["topic"] == "Id scheme"]
    return ["measure", "id_scheme"], [
        ([row["label"], label], lambda _, row=row, cell=cell: (row["measure"], *cell))
        for row in source.measures
        if "Id scheme" in row["topics"].split(";")
        for label, cell in schemes
    ]


def _indicators(place: Row, columns: list[Row], count: Callable[[str], Told], total: dict[str, Told]) -> dict[str, Told]:
    """What is told in each column of one row. `total` holds the row of totals, if this is a part of one."""
    told: dict[str, Told] = {}
    for column in columns:
        name, kind = column["column_name"], column["kind"]
        if kind == "count":
            told[name] = count(column["measure"])
        elif kind == "population":
            told[name] = (None, NOT_AVAILABLE) if place["population"] is None else (round(place["population"]), "")
    exact_population = (place["population"], "") if place["population"] is not None else (None, NOT_AVAILABLE)
    for column in columns:
        if column["kind"] in ("percent", "rate"):
            part, whole = told[column["numerator"]], told.get(column["denominator"])
            if column["denominator"] == "population_count":
                whole = exact_population
            elif column["denominator"] == column["numerator"] and total:
                whole = total[column["denominator"]]
            told[column["column_name"]] = share(part, whole, column["per"], column["decimals"])
    return told


def share(part: Told, whole: Told, per: int, decimals: int) -> Told:
    """A part per 100 or 10,000 of a whole, from what is told of both; a symbol where either has one."""
    symbols = {part[1], whole[1]} - {""}
    for symbol in (NOT_APPLICABLE, NOT_AVAILABLE, CONFIDENTIAL):
        if symbol in symbols:
            return None, symbol
    if whole[0] == 0:
        return None, NOT_APPLICABLE
    value = round(per * part[0] / whole[0], decimals)
    return (None, LOW) if value == 0 and part[0] > 0 else (value, "")


def written(told: Told, decimals: int) -> str:
    """A value or symbol as it stands in the file."""
    value, symbol = told
    return symbol or f"{value:.{decimals}f}"


def _units(place: Row) -> list[str]:
    is_authority = place["geography_level"] == "Local authority"
    return [
        str(place["census_year"]),
        "Reporting year",
        place["geography_level"],
        "E92000001",
        "England",
        place["region_code"] or "",
        place["region_name"] or "",
        place["old_la_code"] or "",
        place["new_la_code"] or "",
        place["geography_name"] if is_authority else "",
    ]


def _meta(column: Row) -> list[str]:
    is_filter = column["kind"] == "filter"
    return [
        column["column_name"],
        "Filter" if is_filter else "Indicator",
        column["label"],
        column["indicator_grouping"] or "",
        column["unit"] or "",
        "" if is_filter else str(column["decimals"]),
        column["filter_hint"] or "",
        column["filter_grouping_column"] or "",
        column["filter_default"] or "",
    ]


def _place_order(place: Row) -> tuple:
    return place["census_year"], LEVELS.index(place["geography_level"]), place["geography_code"]
