"""The project's own SQL on a few rows, in memory: the whole pipeline in about a second, and without dbt once it is compiled.

dbt compiles every model once per session. A run then lands its rows and executes the compiled SQL, in order, in DuckDB
databases that live in memory under the names the SQL uses: `cin` and `cin_work`.

What dbt does around the SQL is left out, or done in its stead:
- The files are not read: rows are landed as text columns under harmonised names. So NUL bytes, tabs and other spellings stay
  (landing puts them right), and no line is unreadable: what the post-hooks of the two record models keep is there, empty.
- The pre-hook of the marts only puts them after the quality rules. It has no effect on results.
- No test runs, and broken rules stop nothing. Contracts give tables their columns and types, but are not enforced.
"""

import csv
import re
import tempfile
import weakref
from collections.abc import Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from comparison import FORM
from conftest import PROJECT, Build
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from delivery.crosswalk import documented, kinds
from delivery.values import MISSING

DATASETS = ("cin", "cin_disabilities")
MARTS = "select table_name from duckdb_tables() where database_name = 'cin' and schema_name = 'main'"
LANDED = "create table cin_work.landing.{name} as select {columns}"
UNREADABLE = "create table cin_work.landing.unreadable_{name} (census_year smallint, line_number bigint, reason varchar)"

FOUND = {
    "delivered_files_and_years": "file_name varchar, dataset varchar, file_format varchar, census_year smallint, n_rows bigint, "
    "is_built boolean, n_blank_rows bigint, n_unreadable_lines bigint, notes varchar",
    "delivered_columns": "file_name varchar, position integer, header varchar, dataset varchar, variable varchar, "
    "precedence integer, n_unusual bigint, order_of_dates varchar",
}


class Model(NamedTuple):
    """What a run needs to know of a model."""

    relation: str  # the quoted name of its relation
    schema: str
    kind: str  # table or view
    sql: str  # as dbt compiled it
    columns: str  # the select list of its contract, in that order and with those types, or *


class Pipeline:
    """The compiled SQL of every model, for some census years. Make one with `Pipeline.compiled`."""

    def __init__(self, models: dict[str, Model], seeds: list[str], years: list[int]):
        self.models = models
        self.seeds = seeds  # the statements that load them
        self.years = years
        self.marts = [name for name, model in models.items() if model.schema == "main"]
        self.idle = []  # connections that no result needs any more, with the seeds loaded
        self.headers = {}  # for each dataset and census year: harmonised column and header
        reads = {
            name: [other for other in models if other != name and models[other].relation in model.sql]
            for name, model in models.items()
        }
        self.parents = {name: reads[name] for name in TopologicalSorter(reads).static_order()}

    @classmethod
    def compiled(cls, census_years: str) -> "Pipeline":
        """The pipeline for these census years, such as `2014-2016` or `2014,2016-2018`: compiled at the first call."""
        return _compiled(tuple(years_of(census_years)))

    def patched(self, model: str, old: str, new: str) -> "Pipeline":
        """A copy in which the SQL of one model reads `new` for `old`. `stg_cin__*` means the staging model of every year."""
        pattern = re.compile(model.replace("*", ".*"))
        names = [name for name in self.models if pattern.fullmatch(name)]
        if not names or any(old not in self.models[name].sql for name in names):
            raise LookupError(f"{model} does not hold the text to replace: {old}")
        changed = {name: self.models[name]._replace(sql=self.models[name].sql.replace(old, new)) for name in names}
        patched = Pipeline(self.models | changed, self.seeds, self.years)
        patched.idle, patched.headers = self.idle, self.headers
        return patched

    def run(
        self,
        records: Sequence[dict],
        disabilities: Sequence[dict] = (),
        years: Sequence[int] | None = None,
        until: Sequence[str] | None = None,
        sampling_fraction: float = 1.0,
    ) -> "Result":
        """What the pipeline makes of these rows.

        A record is a dict of harmonised column name and text, and `census_year`, a number: the file it comes in.
        What it lacks is null, but for `academic_year_label`: a record without that key has the label of its census year.
        years: the census years delivered, by default all compiled; rows of others are an error.
        until: the models wanted, by default all but those that compare with a known truth. Their ancestors come along.
        The result stays valid for as long as it is held.
        """
        connection = self.idle.pop() if self.idle else self._new_connection()
        self._clear(connection)
        self._land(connection, records, disabilities, self.years if years is None else years, sampling_fraction)
        for name in self.order(until):
            model = self.models[name]
            connection.execute(f"create {model.kind} {model.relation} as (select {model.columns} from ({model.sql}))")
        result = Result(self, connection)
        weakref.finalize(result, self.idle.append, connection)
        return result

    def order(self, until: Sequence[str] | None = None) -> list[str]:
        """The models to run for those wanted, ancestors first."""
        wanted, found = list(self.models if until is None else until), set()
        while wanted:
            name = wanted.pop()
            if name not in found:
                found.add(name)
                wanted.extend(self.parents[name])
        return [name for name in self.parents if name in found]

    def _new_connection(self) -> duckdb.DuckDBPyConnection:
        """A database of its own, in memory, with the seeds loaded as dbt loads them."""
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("attach ':memory:' as cin; attach ':memory:' as cin_work; create schema cin.reference; use cin.main")
        for statement in self.seeds:
            connection.execute(statement)
        return connection

    def _clear(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Leaves nothing of an earlier run but the seeds."""
        connection.execute("detach cin_work; attach ':memory:' as cin_work")
        for schema in ("landing", "staging", "intermediate"):
            connection.execute(f"create schema cin_work.{schema}")
        for (name,) in connection.execute(MARTS).fetchall():
            connection.execute(f'drop table "cin"."main"."{name}"')

    def _land(self, connection, records, disabilities, years, sampling_fraction) -> None:
        """Does what the macro `land_extract` does, but from rows in memory."""
        delivered = []
        for dataset, rows in zip(DATASETS, (records, disabilities), strict=True):
            by_year = {year: [] for year in self.years}
            for row in rows:
                if row["census_year"] not in years:
                    raise ValueError(f"a row of {row['census_year']}, which is not delivered")
                by_year[row["census_year"]].append(row)
            for year, rows_of_year in by_year.items():
                given = self._land_year(connection, dataset, year, rows_of_year)
                if year in years:
                    delivered += [(dataset, year, name, self.headers[dataset][year][name], given[name]) for name in given]
            for name in (dataset, f"{dataset}_all"):
                connection.execute(UNREADABLE.format(name=name))
        connection.execute(
            "create table cin_work.landing.delivered_variables (dataset varchar, census_year smallint, variable varchar, "
            "header varchar, precedence integer, n_given bigint)"
        )
        connection.executemany("insert into cin_work.landing.delivered_variables values (?, ?, ?, ?, 1, ?)", delivered)
        for name, columns in FOUND.items():
            connection.execute(f"create table cin_work.landing.{name} ({columns})")
        delivered_years = f"unnest({sorted(years)})::smallint as census_year"
        about = f"{sampling_fraction!r}::double as sampling_fraction, true as is_synthetic, null::varchar as statement"
        connection.execute(LANDED.format(name="delivered_years", columns=delivered_years))
        connection.execute(LANDED.format(name="about_the_extract", columns=about))

    def _land_year(self, connection, dataset: str, year: int, rows: list[dict]) -> dict[str, int]:
        """Lands the rows of a year. How many values each of its columns gives."""
        headers = self.headers[dataset][year]
        unknown = {name for row in rows for name, value in row.items() if value is not None} - headers.keys() - {"census_year"}
        if unknown:
            raise ValueError(f"{dataset}_{year} has no column {', '.join(sorted(unknown))}")
        label = f"{year - 1}/{year}"
        values = {name: [row.get(name, label if name == "academic_year_label" else None) for row in rows] for name in headers}
        columns = [f'unnest(${n}::varchar[]) as "{name}"' for n, name in enumerate(values, 1)]
        columns += [f"null::varchar as {name}" for name in kinds(dataset) if name not in values]
        connection.execute(LANDED.format(name=f"{dataset}_{year}", columns=", ".join(columns)), list(values.values()))
        return {name: sum(bool(value and value.strip()) for value in texts) for name, texts in values.items()}


class Result:
    """What one run made. Marts need no schema in front of their names, other models their full name."""

    def __init__(self, pipeline: Pipeline, connection: duckdb.DuckDBPyConnection):
        self.pipeline = pipeline
        self.connection = connection

    def rows(self, sql: str) -> list[tuple]:
        """The rows that a query answers."""
        return self.connection.execute(sql).fetchall()

    def table(self, name: str, where: str = "true") -> list[dict]:
        """All rows of a model, or those of which a condition is true, as dicts."""
        answer = self.connection.execute(f"from {self.pipeline.models[name].relation} where {where}")
        columns = [column[0] for column in answer.description]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    def content(
        self, names: Sequence[str] | None = None, leave_out: Sequence[str] = (), where: str = "true"
    ) -> dict[str, tuple]:
        """For each mart its number of rows and a hash of its content, whatever the order of the rows.

        Without those that say in which form the rows were delivered, unless they are named.
        leave_out: columns that do not count, wherever a mart has them. where: a condition, if only some rows count.
        """
        content = {}
        for name in sorted([made for (made,) in self.rows(MARTS) if made not in FORM] if names is None else names):
            columns = ", ".join(column for column, *_ in self.rows(f"describe {name}") if column not in leave_out)
            (content[name],) = self.rows(
                f"select count(*), sum(hash(whole_row)::hugeint) from (select {columns} from {name} where {where}) as whole_row"
            )
        return content


def years_of(census_years: str) -> list[int]:
    """The years that a setting such as `2014,2016-2018` means."""
    years = set()
    for span in census_years.split(","):
        first, _, last = span.partition("-")
        years.update(range(int(first), int(last or first) + 1))
    return sorted(years)


@cache
def _compiled(years: tuple[int, ...]) -> Pipeline:
    """Has dbt compile every model, and keeps those that the marts need, without those that need a known truth."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        home = Path(folder)
        patch.chdir(PROJECT)
        patch.setenv("CIN_EXTRACT_DIR", str(home / "extract"))
        patch.setenv("CIN_DATABASE", str(home / "cin.duckdb"))
        patch.setenv("CIN_CENSUS_YEARS", "")
        manifest = Build.parsed(home)
        patch.setenv("CIN_CENSUS_YEARS", ",".join(map(str, years)))
        answer = dbtRunner(manifest=manifest).invoke(
            ["compile", "--select", "resource_type:model", "--indirect-selection", "empty", "--no-introspect", "--quiet"]
            + ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
        )
        DuckDBConnectionManager.close_all_connections()
    if not answer.success:
        raise RuntimeError(f"dbt does not compile the models: {answer.exception}")
    nodes = [outcome.node for outcome in answer.result.results]
    models = {node.name: _model(node) for node in nodes}
    seeds = [statement for node in manifest.nodes.values() if node.resource_type == "seed" for statement in _load(node)]
    everything = Pipeline(models, seeds, list(years))
    needed = everything.order([name for name in everything.marts if "evaluation" not in name])
    pipeline = Pipeline({name: models[name] for name in needed}, seeds, list(years))
    pipeline.headers = _headers(pipeline)
    return pipeline


def _model(node) -> Model:
    """What a run needs of a model that dbt compiled. A table with a contract has its columns, in its order."""
    kind = "view" if node.config.materialized == "view" else "table"
    typed = [f"{column.name}::{column.data_type} as {column.name}" for column in node.columns.values()]
    columns = ", ".join(typed) if node.config.contract.enforced else "*"
    return Model(node.relation_name, node.schema, kind, node.compiled_code, columns)


def _headers(pipeline: Pipeline) -> dict[str, dict[int, dict[str, str]]]:
    """For each dataset and census year: harmonised column and header, as the crosswalk has them."""
    headers = {dataset: {} for dataset in DATASETS}
    for dataset in DATASETS:
        for variable, header, first, last in documented(dataset):
            for year in range(first, (last or max(pipeline.years)) + 1):
                headers[dataset].setdefault(year, {})[variable] = header
    return headers


def _load(seed) -> list[str]:
    """The statements by which dbt-duckdb loads a seed: its types are those of its YAML."""
    path = PROJECT / seed.original_file_path
    with open(path, newline="") as file:
        columns = [f"{name} {seed.config.column_types[name]}" for name in next(csv.reader(file))]
    return [
        f"create table {seed.relation_name} ({', '.join(columns)})",
        f"copy {seed.relation_name} from '{path}' (format csv, header true, delimiter ',')",
    ]


def read_extract(folder: Path, dataset: str = "cin") -> list[dict]:
    """The rows of a synthetic extract of plain comma-separated files, as `Pipeline.run` takes them: as they land."""
    paths = {int(path.stem[-4:]): path for path in sorted(Path(folder).glob(f"{dataset}_[0-9][0-9][0-9][0-9].csv"))}
    headers = Pipeline.compiled(",".join(map(str, paths))).headers[dataset]
    rows = []
    for year, path in paths.items():
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                values = {name: row[header].strip(" ") for name, header in headers[year].items()}
                rows.append({name: None if value in MISSING else value for name, value in values.items()} | {"census_year": year})
    return rows


def read_disabilities(folder: Path) -> list[dict]:
    """The same for the disabilities files."""
    return read_extract(folder, "cin_disabilities")
