"""Reads what the release is made from: exact counts, places, and the seeds that say what is told. Nothing here may leave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from disclosure.cells import Key
from quiet import open_results
from report.facts import QUERIES, is_synthetic, rows_of

Row = dict[str, object]
TABLES = {
    "counts": "release.release_counts",
    "geographies": "release.release_geographies",
    "files": "reference.release_files",
    "columns": "reference.release_columns",
    "measures": "reference.release_measures",
    "breakdowns": "reference.release_breakdowns",
    "relations": "reference.release_relations",
}
CHILD_ID = "Child followed across authorities"


@dataclass(frozen=True)
class Source:
    """The content of the tables named in TABLES; `counts` and `unavailable` by key, the others row by row in order."""

    counts: dict[Key, int]
    unavailable: dict[Key, str]  # symbol told instead of a count
    geographies: list[Row]
    files: list[Row]
    columns: list[Row]
    measures: list[Row]
    breakdowns: list[Row]
    relations: list[Row]

    def columns_of(self, file: str) -> list[Row]:
        """Filters and indicators of a file, in order."""
        return [column for column in self.columns if column["file"] == file]


def read_source(database: Path) -> Source:
    """Everything that the release is made from."""
    with open_results(database) as connection:
        try:
            tables = {name: _rows(connection, table) for name, table in TABLES.items()}
        except duckdb.CatalogException:
            raise SystemExit(f"In {database} a table of the release does not exist. Build it with this version first.") from None
    keyed = [(tuple(row.values())[:6], row["n"], row["unavailable_reason"]) for row in tables.pop("counts")]
    return Source(
        counts={key: n for key, n, _ in keyed if n is not None},
        unavailable={key: reason for key, _, reason in keyed if reason is not None},
        **tables,
    )


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    rows = rows_of(connection, f"select * from {table} order by all")
    return sorted(rows, key=lambda row: row["sort_order"]) if rows and "sort_order" in rows[0] else rows


def read_extract(database: Path) -> Row:
    """The share of England that the extract stands for, and whether it says that it is synthetic (None: not known)."""
    with open_results(database) as connection:
        facts = rows_of(connection, (QUERIES / "extract.sql").read_text(encoding="utf-8"))[0]
    return {"sampling_fraction": facts["sampling_fraction"] or 1, "is_synthetic": is_synthetic(database)}
