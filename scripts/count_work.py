"""Counts the work that each table of a build costs: numbers that are the same on every machine, unlike seconds.

    .venv/bin/python scripts/count_work.py        renews benchmarks/counted_work.csv, and says what has changed

A test (tests/python/test_counted_work.py) counts the work of a small build, and fails if a table costs more than this file
allows. So run this only if the work has become more, or much less, on purpose, and commit the file with the reason.

Every query is executed once, on one thread, in databases in memory, under DuckDB's profiler:

    n_steps         steps of the plan that was executed
    n_rows_read     rows read from tables and delivered files, before any filter
    n_rows          rows that all steps put out
    n_bytes         the same in bytes, as DuckDB holds them in memory
    n_bytes_sorted  bytes that sorts and windows put out
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import duckdb

PROJECT = Path(__file__).resolve().parent.parent
ALLOWED = PROJECT / "benchmarks" / "counted_work.csv"
EXTRACT = ("--share", "0.001", "--years", "2014-2016")
NO_STEPS = {"RESULT_COLLECTOR", "EXPLAIN_ANALYZE", "CREATE_TABLE_AS"}
SORTS = {"ORDER_BY", "WINDOW"}
# Work may exceed what is allowed by a tenth, or by this: small tables jump by small numbers.
TOLERANCE = 1.1
MARGIN = {"n_steps": 4, "n_rows_read": 200, "n_rows": 1000, "n_bytes": 50_000, "n_bytes_sorted": 20_000}


class Work(NamedTuple):
    """The work of one query."""

    n_steps: int
    n_rows_read: int
    n_rows: int
    n_bytes: int
    n_bytes_sorted: int


def steps_of(step: dict) -> list[dict]:
    """A step of a plan and all below it."""
    return [step, *(below for child in step.get("children", []) for below in steps_of(child))]


def rows_read(step: dict) -> int:
    """Rows that a step reads from a table or a file."""
    is_file = step["type"].startswith("READ_") or "CSV" in step["type"]
    return step.get("rows_scanned", step["intermediate_rows"] if is_file else 0)


def work_of(profile: dict) -> Work:
    """The work in a profile."""
    steps = [step for top in profile["operator"] for step in steps_of(top) if step["type"] not in NO_STEPS]
    return Work(
        n_steps=len(steps),
        n_rows_read=sum(map(rows_read, steps)),
        n_rows=sum(step["intermediate_rows"] for step in steps),
        n_bytes=sum(step["intermediate_size_bytes"] for step in steps),
        n_bytes_sorted=sum(step["intermediate_size_bytes"] for step in steps if step["type"] in SORTS),
    )


class Workbench:
    """A build done again in memory, step by step, on one thread, with the work of each table counted.

    database, target: what dbt wrote of a build that ended well.
    """

    def __init__(self, database: Path, target: Path):
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        # in the order in which they were built
        self.models = {
            result["unique_id"].split(".")[2]: (result["relation_name"], result["compiled_code"])
            for result in results
            if result["unique_id"].startswith("model.")
        }
        settings = {"threads": 1, "preserve_insertion_order": False}
        self.connection = duckdb.connect(config=settings)
        for name, path in {"built": database, "built_work": f"{database}.work"}.items():
            self.connection.execute(f"attach '{path}' as {name} (read_only)")
        self.work = {}
        views = self._copy_what_is_no_model()
        for name, (relation, sql) in self.models.items():
            if relation in views:
                self.connection.execute(f"create view {relation} as {sql}")
            else:
                self.work[name] = self.count(sql, f"create table {relation} as")

    def _copy_what_is_no_model(self) -> set[str]:
        """Copies seeds and what was landed, and makes every schema. The names of the models that are views."""
        views = set()
        models = {relation for relation, _ in self.models.values()}
        for built, own in {"built": "cin", "built_work": "cin_work"}.items():
            self.connection.execute(f"attach ':memory:' as {own}")
            relations = self.connection.execute(
                "select schema_name, table_name, null from duckdb_tables() where database_name = $name and not internal "
                "union all select schema_name, view_name, sql from duckdb_views() where database_name = $name and not internal",
                {"name": built},
            ).fetchall()
            for schema in sorted({schema for schema, _, _ in relations}):
                self.connection.execute(f'create schema if not exists {own}."{schema}"')
            for schema, name, sql in relations:
                relation = f'"{own}"."{schema}"."{name}"'
                if relation in models:
                    views |= {relation} if sql else set()
                elif sql:
                    self.connection.execute(f"use {own}.{schema}")
                    self.connection.execute(sql)
                else:
                    self.connection.execute(f'create table {relation} as from {built}."{schema}"."{name}"')
        self.connection.execute("use memory.main")
        return views

    def count(self, sql: str, create: str = "") -> Work:
        """The work of a query."""
        (_, profile) = self.connection.execute(f"explain (analyze, format json) {create} {sql}").fetchone()
        return work_of(json.loads(profile))


def read_allowed() -> dict[str, Work]:
    """The work that each table may cost."""
    with ALLOWED.open(newline="", encoding="utf-8") as file:
        return {row["table"]: Work(*(int(row[name]) for name in Work._fields)) for row in csv.DictReader(file)}


def complaints(work: dict[str, Work], allowed: dict[str, Work]) -> list[str]:
    """A sentence for each table that costs more than it may, or is not known. Counts, no values."""
    lines = []
    for name in sorted(work.keys() | allowed.keys()):
        if name not in allowed:
            lines.append(f"{name} is new: nothing says how much work it may cost")
        elif name not in work:
            lines.append(f"{name} is no longer built, or no longer a table")
        else:
            more = [
                f"{field} {now:,} instead of {then:,} (x {now / max(then, 1):.2f})"
                for field, now, then in zip(Work._fields, work[name], allowed[name], strict=True)
                if now > then * TOLERANCE and now > then + MARGIN[field]
            ]
            if more:
                lines.append(f"{name} does more work than it may: {', '.join(more)}")
    return lines


def counted(home: Path) -> dict[str, Work]:
    """The work of a build of the small extract, made in a folder."""
    extract, database = home / "extract", home / "cin.duckdb"
    script = PROJECT / "scripts" / "make_synthetic_extract.py"
    subprocess.run([sys.executable, str(script), "--out", str(extract), *EXTRACT], check=True, capture_output=True)
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run(
        [dbt, "--quiet", "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        + ["--target-path", str(home / "target"), "--log-path", str(home / "logs")],
        check=True,
        cwd=PROJECT,
        env=os.environ | {"CIN_EXTRACT_DIR": str(extract), "CIN_DATABASE": str(database), "CIN_CENSUS_YEARS": ""},
    )
    return Workbench(database, home / "target").work


def main() -> int:
    """Writes the file; prints what differs from the one that was there."""
    with tempfile.TemporaryDirectory() as home:
        work = counted(Path(home))
    before = read_allowed() if ALLOWED.exists() else {}
    with ALLOWED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["table", *Work._fields])
        writer.writerows([name, *counts] for name, counts in sorted(work.items()))
    for name in sorted(work.keys() | before.keys()):
        old, new = before.get(name, Work(0, 0, 0, 0, 0)), work.get(name, Work(0, 0, 0, 0, 0))
        if old != new:
            changes = [
                f"{field} {then:,} to {now:,}" for field, then, now in zip(Work._fields, old, new, strict=True) if then != now
            ]
            print(f"{name}: {', '.join(changes)}")
    print(f"{len(work)} tables, written to {ALLOWED.relative_to(PROJECT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
