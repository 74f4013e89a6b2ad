"""Reads the facts of the report from a database that was built. Raw counts: nothing here may be shown as it is."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml
from quiet import open_database, open_results

PROJECT = Path(__file__).resolve().parents[2]
QUERIES = Path(__file__).parent / "queries"
Row = dict[str, object]
Facts = dict[str, list[Row]]


def read_facts(database: Path) -> Facts:
    """The rows of every query, by its name. Columns that begin with `n_` are counts of the extract."""
    with open_results(database) as connection:
        facts = {path.stem: rows_of(connection, path.read_text(encoding="utf-8")) for path in sorted(QUERIES.glob("*.sql"))}
    facts["extract"][0]["is_synthetic"] = is_synthetic(database)
    return facts


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """The rows that a query gives, each by name of column."""
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def is_synthetic(database: Path) -> bool | None:
    """Whether the extract says that it is synthetic: None where the file of intermediate tables is not beside the database."""
    work = Path(f"{database}.work")
    if not work.is_file():
        return None
    with open_database(work) as connection:
        return connection.execute("select is_synthetic from landing.about_the_extract").fetchone()[0]


def project_version() -> str:
    """The version of the project."""
    return str(yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["version"])
