"""Writes the second database file: the tables of the release and nothing else, for those who ask by SQL.

It is made from CSV files of released values alone, after the database with children was closed, so nothing else can come into it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from quiet import new_database, sql_text

from .files import Table

LONG = "released_counts"
LONG_COLUMNS = {
    "census_year": "smallint",
    "geography_level": "varchar",
    "geography_code": "varchar",
    "measure": "varchar",
    "breakdown_topic": "varchar",
    "breakdown": "varchar",
    "value": "bigint",
    "symbol": "varchar",
}


def write_database(path: Path, tables: list[Table], folder: Path, told: Iterable[tuple], about: dict[str, str]) -> None:
    """Writes `path` anew: a table for each file in `folder`, all counts in one long table, and what the release is.

    `told` has the rows of the long table; `about` facts by name. Values of the wide tables are text, since they hold symbols.
    """
    fresh = path.with_name(f"{path.name}.new")
    with TemporaryDirectory() as scratch, new_database(fresh) as db:
        for table in tables:
            read = f"read_csv({sql_text(str(folder / f'{table.name}.csv'))}, header = true, all_varchar = true, nullstr = '')"
            db.execute(f"create table {table.name} as from {read}")
            for name, _, label, *_ in table.meta:
                db.execute(f"comment on column {table.name}.{name} is {sql_text(label)}")
        long_file = Path(scratch) / f"{LONG}.csv"
        with open(long_file, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(told)
        db.execute(f"create table {LONG} as from read_csv({sql_text(str(long_file))}, header = false, columns = {LONG_COLUMNS})")
        db.execute("create table about_the_release (fact varchar, value varchar)")
        db.executemany("insert into about_the_release values (?, ?)", list(about.items()))
    fresh.replace(path)
