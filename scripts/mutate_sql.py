"""Changes the SQL of the rules and of the reconciliation a little, many times, and asks whether a test notices.

    .venv/bin/dbt build --full-refresh                       (writes what this reads: target/ and the database)
    .venv/bin/python scripts/mutate_sql.py                   every mutant of every model
    .venv/bin/python scripts/mutate_sql.py --sample 200      as many, drawn by --seed
    .venv/bin/python scripts/mutate_sql.py --models int_cin__episodes_closed

A mutant is the compiled SQL of one model with one small change: a comparison turned, a bound moved by one, a condition
dropped, an aggregate swapped. It is killed if a unit test of the model fails, or else, where --database names a build of
the extract that `plant_faults.py` made (--planted), if with everything downstream built anew a data test fails or a
planted fault is missed. Mutants that do not run, and survivors listed as equivalent with their reason, are left out of
the score. No row is ever printed.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import random
import re
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "scripts"))

from plant_faults import compare  # noqa: E402

TARGET = PROJECT / os.environ.get("DBT_TARGET_PATH", "target")
FOLDERS = ("intermediate/records", "intermediate/episodes", "intermediate/identity", "intermediate/quality")
FOLDERS += ("marts/cohorts", "marts/quality")
PACKAGE = "children_in_need"
SECONDS_TO_RUN = 20

TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/|--[^\n]*)|(?P<string>'(?:[^']|'')*')|(?P<name>\"[^\"]*\"|[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<operator><=|>=|<>|!=|::|:=|\|\||<<|>>|[-+*/<>=(),.&\[\]])",
    re.DOTALL,
)
SWAPS = {
    "comparison": {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="},
    "aggregate": {
        "min": "max", "max": "min", "arg_max": "arg_min", "arg_min": "arg_max", "bool_or": "bool_and",
        "bool_and": "bool_or", "sum": "max", "greatest": "least", "least": "greatest", "first": "last",
        "lead": "lag", "lag": "lead", "bit_or": "bit_and",
    },
    "constant": {"true": "false", "false": "true"},
    "order": {"desc": "asc", "asc": "desc"},
    "arithmetic": {"+": "-", "-": "+"},
}  # fmt: skip
ENDS_OF_A_CONDITION = {"then", "group", "order", "qualify", "window", "having", "limit", "as", "else", "end", "from",
                       "union", "select", "where", "on", "inner", "left", "cross", "full", "when"}  # fmt: skip

# Models that repeat the same lines, round after round, until nothing changes any more: what is wrong in one round, the next
# ones mend. Of lines that stand there more than once the last alone is changed.
ITERATIVE = {"int_cin__link_weights"}

# Survivors that cannot change a result: (model, text that the changed line holds, reason). Left out of the score.
EQUIVALENT: list[tuple[str, str, str]] = [
    ("dq_results", "where greatest(", "the filter only saves time: what is not broken is dropped when it is turned"),
    ("dq_results", "union all by name", "rows of two entities cannot be equal"),
    ("int_dq__rule_counts", "union all", "rows of two rules cannot be equal"),
    ("dq_year_on_year", "union all", "rows of two measures cannot be equal"),
    ("dq_field_checks", "union all", "rows of two checks cannot be equal"),
    ("link_conflicts", "union all", "rows of two kinds of conflict cannot be equal"),
    ("int_cin__id_components", "union all", "an edge that is there twice links the same nodes"),
    ("int_cin__id_components", "select distinct", "an edge that is there twice links the same nodes"),
    ("int_cin__id_components", "select node, min(neighbour)", "any neighbour as parent contracts the graph, in more rounds"),
    ("int_cin__id_components", "coalesce(grand.parent, own.parent)", "without the grandparent it takes more rounds"),
    ("int_cin__id_components", "left join neighbours", "a parent that is least of all is its own: every parent is found"),
    ("int_cin__id_components", "coalesce(parents", "every label is a node of the edges of its round, or resolved"),
    ("int_cin__id_components", "left join parents_", "every label is a node of the edges of its round, or resolved"),
    ("int_cin__id_components", "inner join parents_", "both ends of an edge are nodes"),
    ("int_cin__id_components", "where left_end.parent <> right_end.parent", "a node linked to itself changes nothing"),
    ("int_cin__id_components", "inner join id_groups", "every linked id is in a group"),
    ("int_dq__episode_returns", "having count(*) > 1", "only saves time: one episode alone breaks no rule"),
    ("int_dq__episode_returns", "inner join children_with_several", "only saves time: one episode alone breaks no rule"),
    ("int_dq__episode_returns", "as sequenced", "every returned episode is in the sequence"),
    ("int_dq__child_records", "< years.census_day - 30", "no month ends on the days between"),
    ("int_dq__child_records", "interval 7 years", "a month begins on its first day, the census day is the last of one"),
    ("int_dq__child_records", "interval 9 months", "a month begins on its first day, the census day is the last of one"),
    ("int_dq__child_records", "records.birth_month_start > years.census_day)", "as above"),
    ("int_dq__child_records", "inner join years", "every census year is in the seed"),
    ("int_dq__plan_records", "inner join years", "every census year is in the seed"),
    ("int_dq__referral_records", "inner join years", "every census year is in the seed"),
    ("int_dq__child_records", "disabilities.disability_bits > 0", "the lowest bit stands for no code"),
    ("int_dq__disability_returns", "returns.disability_bits > 0", "the lowest bit stands for no code"),
    ("int_dq__authority_years", "disability_bits > 0", "the lowest bit stands for no code"),
    ("int_dq__la_children", "inner join", "every id has its row of identifiers and of the child"),
    ("int_dq__field_counts", "max(share_missing)", "the window holds one row: the year before"),
    ("int_cin__la_children", "min(local_", "all rows of a key have one authority and one child id"),
    ("int_cin__episode_returns", "min(local_", "all rows of a key have one authority"),
    ("int_cin__episodes_reconciled", "min(local_", "all rows of a key have one authority"),
    ("int_cin__disability_returns", "min(local_", "all rows of a key have one authority and one child id"),
    ("int_dq__plan_returns", "min(local_", "all rows of a key have one authority"),
    ("child_disabilities", "min(local_", "all rows of a key have one authority and one child id"),
    ("int_cin__la_children", "has_several_sexes", "any one of the codes shows that there is one"),
    ("int_cin__la_children", "as is_birth_month_expected", "whether there is a date, not which"),
    ("int_cin__children", "min(child_id)", "all rows of a child have one child_id"),
    ("int_cin__children", "* 10000", "any number above the ids of a child serves"),
    ("int_cin__children", "inner join la_children", "every id has its child"),
    ("episodes", "inner join", "every episode has its record, its ids and its child; data tests hold it"),
    ("children", "inner join", "every child has an episode and every episode its record; data tests hold it"),
    ("child_years", "inner join", "every id has its child; data tests hold it"),
    ("child_protection_plans", "inner join", "every plan has its child and its episode; data tests hold it"),
    ("spells", "inner join", "every spell has its child"),
    ("spells", "local_authority_code asc, la_child_key asc", "ties of one day end in the same spell, whatever their order"),
    ("int_cin__link_weights", "coalesce(sum(round(1e6", "a millionth of a pair more or less is not seen"),
    ("int_cin__link_weights", "inner join weights_", "every level has a weight"),
    ("int_cin__link_priors", "list(distinct", "a list that holds a value twice has it as well as once"),
    ("int_cin__pmr_links", "union all", "a pair seen from one end is another row than seen from the other"),
    ("int_cin__pmr_evidence", "inner join", "every comparison and level has its weight and its row in the seed"),
    ("int_cin__pmr_pairs", "list(distinct", "a list that holds a value twice has it as well as once"),
    ("int_cin__pmr_pairs", "as episodes_closed", "every id has an episode"),
    ("int_cin__pmr_pairs", "earlier.pmr_key = later.pmr_key", "only pairs of one reference are looked up; the rest saves time"),
    ("int_cin__pmr_pairs", "earlier.la_child_key <> later", "no pair is made of one id twice"),
    ("int_cin__pmr_pairs", "inner join episodes as later", "a pair without a later episode is looked up by nobody"),
    ("int_cin__pmr_sharers", "inner join", "every id has its child, its records and an episode"),
    ("int_cin__pmr_sharers", "in (select la_child_key from linking)", "only saves time: the rest is not joined"),
    ("int_cin__reorganisation_links", "inner join la_children", "a change without both ids has no pair to keep"),
    ("int_cin__reorganisation_links", "as before_change", "every id has a referral"),
    ("link_events", "other_la_child_key is not null", "the best supported id has no other, and joins none"),
    ("link_events", "union all", "links of two kinds cannot be equal"),
    ("link_events", "inner join identifiers", "every link has its two ids"),
    ("link_conflicts", "inner join identifiers", "every conflict has its id"),
    ("int_cin__episodes_closed", "when closure_basis = 'open' then last_census_day", "an open case was returned open that day"),
    ("int_cin__episodes_in_sequence", "inner join", "every episode has its record and its ids"),
    ("dq_mart_grades", "inner join", "every rule has its years"),
    ("dq_rules", "inner join", "every rule has its fields and years"),
    ("dq_rule_years", "local_authority_code", "England has no authority: the line is for dq_summary"),
    ("dq_rule_years", "no_return", "England has no authority: the line is for dq_summary"),
    ("dq_rule_years", "select distinct rule_id", "rows that are there twice fall with the threshold's choice"),
    ("dq_summary", "select distinct rule_id", "rows that are there twice fall with the threshold's choice"),
    ("dq_rule_years", "where census_year is not null", "a row without a year matches none"),
    ("dq_summary", "where census_year is not null", "a row without a year matches none"),
]


@dataclass(frozen=True)
class Token:
    """A word of SQL with its place; `depth` counts open brackets and cases."""

    kind: str
    text: str
    start: int
    end: int
    depth: int


@dataclass(frozen=True)
class Mutant:
    """One change: the text from `start` to `end` of the model's body becomes `new`."""

    model: str
    operator: str
    start: int
    end: int
    new: str


def tokens_of(sql: str) -> list[Token]:
    """The words of a statement, comments left out."""
    tokens, depth = [], 0
    for match in TOKEN.finditer(sql):
        kind, text = match.lastgroup, match.group().lower()
        if kind == "comment":
            continue
        if text in (")", "]") or (kind == "name" and text == "end"):
            depth -= 1
        tokens.append(Token(kind, text if kind == "name" else match.group(), *match.span(), depth))
        if text in ("(", "[") or (kind == "name" and text == "case"):
            depth += 1
    return tokens


def extent(tokens: list[Token], at: int, step: int, stops: set[str]) -> tuple[int, int]:
    """First and last token of the operand beside the token `at`, going backwards (step -1) or forwards (1)."""
    depth, last = tokens[at].depth, at
    place, is_between = at + step, False
    while 0 <= place < len(tokens):
        token = tokens[place]
        if token.depth < depth:
            break
        if token.depth == depth:
            if step > 0 and token.text == "between":
                is_between = True
            elif token.text == "and" and (is_between or (step < 0 and is_between_and(tokens, place))):
                is_between = False
            elif token.text in stops or (token.text in ("and", "or") and token.kind == "name"):
                break
        last = place
        place += step
    return (min(at + step, last), max(at + step, last))


def is_between_and(tokens: list[Token], at: int) -> bool:
    """Whether this `and` belongs to a `between`."""
    depth = tokens[at].depth
    for token in reversed(tokens[max(0, at - 40) : at]):
        if token.depth < depth:
            return False
        if token.depth == depth and token.text in ("and", "or", "where", "on", "when", "then", ","):
            return False
        if token.depth == depth and token.text == "between":
            return True
    return False


def arguments(tokens: list[Token], opening: int) -> list[tuple[int, int]]:
    """First and last token of each argument within the bracket that opens at `opening`."""
    depth, found, first = tokens[opening].depth + 1, [], opening + 1
    for place in range(opening + 1, len(tokens)):
        token = tokens[place]
        if token.depth < depth:
            found.append((first, place - 1))
            return found
        if token.depth == depth and token.text == ",":
            found.append((first, place - 1))
            first = place + 1
    return found


def mutants_of(model: str, body: str) -> Iterator[Mutant]:
    """Every mutant of a model's body."""
    tokens = tokens_of(body)
    stops = ENDS_OF_A_CONDITION | {","}

    def change(operator: str, first: Token, last: Token, new: str) -> Mutant:
        return Mutant(model, operator, first.start, last.end, new)

    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if token.kind == "name" and before == ".":
            continue
        for operator, swap in SWAPS.items():
            is_call = operator != "aggregate" or after == "("
            if token.text in swap and is_call and token.kind in ("name", "operator"):
                if operator == "arithmetic" and (before in ("(", ",", "then", "else") or before in stops):
                    continue
                yield change(operator, token, token, swap[token.text])
        if token.kind == "number" and before not in ("decimal", "varchar"):
            yield change("boundary", token, token, str(int(float(token.text)) + 1))
            yield change("boundary", token, token, f"({int(float(token.text)) - 1})")
        if token.kind == "string" and before == "date":
            day = dt.date.fromisoformat(token.text[1:-1])
            if day.year < 9999:
                yield change("boundary", token, token, f"'{day + dt.timedelta(1)}'")
        elif token.kind == "string" and before not in ("as", ".") and after != "||" and before != "||":
            yield change("literal", token, token, token.text[:-1] + "_not'")
        if token.kind != "name":
            continue
        if token.text in ("and", "or") and not is_between_and(tokens, at):
            yield change("and or", token, token, "or" if token.text == "and" else "and")
            neutral = "true" if token.text == "and" else "false"
            for step in (-1, 1):
                first, last = extent(tokens, at, step, stops)
                yield change("dropped condition", tokens[first], tokens[last], neutral)
        if token.text in ("where", "qualify", "on", "having"):
            first, last = extent(tokens, at, 1, stops | {"and", "or"})
            if tokens[min(last + 1, len(tokens) - 1)].text not in ("and", "or"):
                yield change("dropped condition", tokens[first], tokens[last], "true")
        if token.text == "when":
            first, last = extent(tokens, at, 1, stops | {"and", "or"})
            if tokens[last + 1].text == "then":
                yield change("dropped branch", tokens[first], tokens[last], "false")
        if token.text == "not":
            yield change("negation", token, token, "")
        if token.text == "is" and after == "null":
            yield change("negation", token, token, "is not")
        if token.text in ("inner", "left") and after == "join":
            yield change("join", token, token, "left" if token.text == "inner" else "inner")
        if token.text == "union" and after == "all":
            yield change("union", token, tokens[at + 1], "union")
        if token.text == "distinct" and before in ("select", "("):
            yield change("distinct", token, token, "")
        if token.text == "coalesce" and after == "(":
            parts = arguments(tokens, at + 1)
            closing = tokens[parts[-1][1] + 1]
            first, last = parts[0]
            yield Mutant(model, "coalesce", token.start, closing.end, f"({body[tokens[first].start : tokens[last].end]})")
        if token.text == "if" and after == "(":
            parts = arguments(tokens, at + 1)
            if len(parts) == 3:
                for constant in ("true", "false"):
                    yield change("dropped branch", tokens[parts[0][0]], tokens[parts[0][1]], constant)
        if token.text == "partition" and after == "by":
            yield from dropped_keys(model, body, tokens, at)


def dropped_keys(model: str, body: str, tokens: list[Token], at: int) -> Iterator[Mutant]:
    """Mutants of a window that lack one of several partition keys, or its only one."""
    depth, keys, first = tokens[at].depth, [], at + 2
    for place in range(at + 2, len(tokens)):
        token = tokens[place]
        is_end = token.depth < depth or (token.depth == depth and token.text in ("order", "rows", "range"))
        if is_end or (token.depth == depth and token.text == ","):
            keys.append(body[tokens[first].start : tokens[place - 1].end])
            first = place + 1
        if is_end:
            end = tokens[place - 1].end
            break
    for key in keys:
        left = [other for other in keys if other != key] or ["1"]
        yield Mutant(model, "dropped key", tokens[at + 2].start, end, ", ".join(left))


# What dbt wrote


@cache
def manifest() -> dict:
    return json.loads((TARGET / "manifest.json").read_text(encoding="utf-8"))


@cache
def nodes() -> dict[str, dict]:
    """The project's models by name."""
    found = manifest()["nodes"].values()
    return {node["name"]: node for node in found if node["resource_type"] == "model" and node["package_name"] == PACKAGE}


def compiled(node: dict) -> str:
    """The SQL that dbt compiled a model or test to."""
    return (TARGET / "compiled" / PACKAGE / node["original_file_path"]).read_text(encoding="utf-8")


RELATION = re.compile(r'"\w+"\."\w+"\."\w+"')


def fixture_of(relation: str) -> str:
    """The name that dbt gives a relation in a unit test. Sources, which are all in `landing`, carry their own name too."""
    _, schema, name = relation.replace('"', "").split(".")
    return f"__dbt__cte__landing__{name}" if schema == "landing" else f"__dbt__cte__{name}"


def body_of(sql: str) -> str:
    """The part of a model that is the same in its unit tests: from its first named query on, relations as fixtures."""
    sql = RELATION.sub(lambda match: fixture_of(match.group()), sql)
    start = re.search(r"^with\b", sql, re.MULTILINE)
    return sql[start.end() :].strip() if start else sql.strip()


@cache
def unit_tests(model: str) -> list[str]:
    """The SQL of the model's unit tests, in the order to try them, which `try_unit_tests` changes as it goes."""
    found = []
    for test in manifest()["unit_tests"].values():
        if test["model"] == model:
            folder = TARGET / "run" / PACKAGE / test["original_file_path"]
            found += [path.read_text(encoding="utf-8") for path in folder.rglob(f"{test['name']}.sql")]
    return found


def with_mutant(sql: str, body: str, mutant: Mutant) -> str | None:
    """A unit test's SQL with the mutant in it; None where the changed lines are not in it, or not exactly once.

    A test that replaces a macro holds other lines than the model: the lines of the change are looked for, with the next.
    """
    if body in sql:
        return sql.replace(body, body[: mutant.start] + mutant.new + body[mutant.end :])
    start = body.rfind("\n", 0, mutant.start) + 1
    end = body.find("\n", body.find("\n", mutant.end) + 1)
    lines = body[start : end if end > 0 else len(body)]
    if sql.count(lines) != 1:
        return None
    changed = body[start : mutant.start] + mutant.new + body[mutant.end : start + len(lines)]
    return sql.replace(lines, changed)


# Running


@cache
def empty_database() -> duckdb.DuckDBPyConnection:
    """This process's connection for unit tests, which bring their rows and leave nothing: to open one costs as much as a test."""
    return duckdb.connect(config={"threads": 1})


def run(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    """The rows of a statement, interrupted if it takes too long."""
    timer = threading.Timer(SECONDS_TO_RUN, connection.interrupt)
    timer.start()
    try:
        return connection.execute(sql).fetchall()
    finally:
        timer.cancel()


def holds(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether a unit test holds: what it gives is what it expects, whatever the order."""
    sides: dict[str, Counter] = defaultdict(Counter)
    for *values, side in run(connection, sql.rstrip().rstrip(";")):
        sides[side][tuple(map(str, values))] += 1
    return sides["actual"] == sides["expected"]


def try_unit_tests(mutant: Mutant) -> str:
    """`killed`, `survived` or `does not run`."""
    body = body_of(compiled(nodes()[mutant.model]))
    tests = unit_tests(mutant.model)
    ran = False
    for sql in list(tests):
        if (changed := with_mutant(sql, body, mutant)) is None:
            continue
        try:
            if holds(empty_database(), changed):
                ran = True
                continue
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
            return "does not run"
        except duckdb.Error:  # too slow among them
            pass
        tests.remove(sql)
        tests.insert(0, sql)  # what killed this mutant is tried first on the next
        return "killed"
    return "survived" if ran else "no unit test"


class Pipeline:
    """A built database in memory, in which a model can be replaced and everything downstream built anew."""

    def __init__(self, database: Path, planted: Path) -> None:
        self.planted = planted
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("attach ':memory:' as sandbox; use sandbox")
        self.names = {database.stem: "", f"{database.stem}.work": ""}
        for path, name in ((database, "results"), (Path(f"{database}.work"), "work")):
            self.connection.execute(f"attach '{path}' as {name} (read_only)")
            for schema, table in self.connection.execute(
                f"select schema_name, table_name from duckdb_tables() where database_name = '{name}'"
            ).fetchall():
                self.connection.execute(f'create schema if not exists sandbox."{schema}"')
                self.connection.execute(f'create table sandbox."{schema}"."{table}" as from {name}."{schema}"."{table}"')
        for node in self.in_order():
            if node["config"]["materialized"] == "view" and not node["name"].startswith("stg_"):
                self.build(node, self.local(compiled(node)))
        self.children: dict[str, set[str]] = defaultdict(set)
        for node in nodes().values():
            for parent in node["depends_on"]["nodes"]:
                self.children[parent.split(".")[-1]].add(node["name"])
        self.sound_tests = {name for name, sql in self.tests() if self.passes(sql)}
        self.sound_plants = self.plants()

    @staticmethod
    def local(sql: str) -> str:
        """SQL with relations of this database only."""
        return re.sub(r'"\w+"\."(\w+)"\."(\w+)"', r'"\1"."\2"', sql)

    @staticmethod
    def in_order() -> list[dict]:
        """Models, each after those it reads."""
        placed: dict[str, dict] = {}

        def place(name: str) -> None:
            for parent in nodes()[name]["depends_on"]["nodes"]:
                if parent.startswith("model.") and parent.split(".")[-1] not in placed:
                    place(parent.split(".")[-1])
            placed[name] = nodes()[name]

        for name in nodes():
            if name not in placed and nodes()[name]["config"]["enabled"]:
                place(name)
        return list(placed.values())

    def build(self, node: dict, sql: str) -> None:
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        run(self.connection, f'create or replace {kind} "{node["schema"]}"."{node["alias"]}" as {sql.rstrip().rstrip(";")}')

    def tests(self) -> Iterator[tuple[str, str]]:
        """Name and SQL of every data test but those of quality rules, which judge the extract and not the SQL."""
        for node in manifest()["nodes"].values():
            if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") != "rule_holds":
                path = TARGET / "compiled" / PACKAGE / node["original_file_path"]
                path = path / node["path"] if path.is_dir() or node["original_file_path"].endswith(".yml") else path
                if path.exists() and "stg_" not in (sql := path.read_text(encoding="utf-8")):
                    yield node["name"], self.local(sql)

    def passes(self, sql: str) -> bool:
        try:
            return not run(self.connection, sql)
        except duckdb.Error:
            return False

    def plants(self) -> dict:
        """What is found of the planted faults, and the counts of what was checked."""
        columns = "rule_id, census_year, local_authority_code, la_child_id, referral_date, plan_start_date"
        return compare(self.planted, run(self.connection, f"select {columns} from main.dq_results"))

    def kills(self, mutant: Mutant) -> str:
        """`killed`, `survived` or `does not run`, with everything as it was afterwards."""
        node = nodes()[mutant.model]
        sql = compiled(node)
        fixture_body = body_of(sql)
        relations = {fixture_of(whole): whole for whole in RELATION.findall(sql)}
        changed = fixture_body[: mutant.start] + mutant.new + fixture_body[mutant.end :]
        changed = re.sub(r"__dbt__cte__\w+", lambda match: relations[match.group()], changed)
        wanted = self.downstream(mutant.model)
        self.connection.execute("begin")
        try:
            self.build(node, self.local(("with " if re.search(r"^with\b", sql, re.MULTILINE) else "") + changed))
            for later in self.in_order():
                if later["name"] in wanted:
                    self.build(later, self.local(compiled(later)))
            failed = any(name in self.sound_tests and not self.passes(sql) for name, sql in self.tests())
            return "killed" if failed or self.plants() != self.sound_plants else "survived"
        except duckdb.Error:
            return "killed"
        finally:
            self.connection.execute("rollback")

    def downstream(self, model: str) -> set[str]:
        found, waiting = set(), [model]
        while waiting:
            for child in self.children[waiting.pop()] - found:
                found.add(child)
                waiting.append(child)
        return found


PIPELINE: Pipeline | None = None


def open_pipeline(database: Path, planted: Path) -> None:
    """Loads the database into this process, once."""
    global PIPELINE
    PIPELINE = Pipeline(database, planted)


def try_pipeline(mutant: Mutant) -> str:
    return PIPELINE.kills(mutant)


def models_wanted(asked: list[str]) -> list[str]:
    """Names of the models to mutate: those asked for, else all in FOLDERS."""
    every = [
        name
        for name, node in nodes().items()
        if any(node["original_file_path"].startswith(f"models/{folder}/") for folder in FOLDERS)
    ]
    return sorted(name for name in every if not asked or name in asked)


def report(outcomes: list[tuple[Mutant, str]], path: Path) -> float:
    """Prints the score of each model, writes the survivors to a file, and gives the score over all in percent."""
    table: dict[str, Counter] = defaultdict(Counter)
    for mutant, outcome in outcomes:
        table[mutant.model][outcome] += 1
        table["all"][outcome] += 1
    print(f"{'model':38} mutants  unit tests  pipeline  survived  score  equivalent  did not run")
    for model, counts in table.items():
        n = counts["killed by unit tests"] + counts["killed by the pipeline"] + counts["survived"]
        score = 100 * (1 - counts["survived"] / n) if n else 100.0
        print(
            f"{model:38} {n:7} {counts['killed by unit tests']:11} {counts['killed by the pipeline']:9} "
            f"{counts['survived']:9} {score:5.1f}% {counts['equivalent']:11} {counts['does not run']:12}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "operator", "line", "was", "became", "line_text"])
        for mutant, outcome in outcomes:
            if outcome == "survived":
                body = body_of(compiled(nodes()[mutant.model]))
                line = body[body.rfind("\n", 0, mutant.start) + 1 : body.find("\n", mutant.end)].strip()
                number = body.count("\n", 0, mutant.start) + 1
                writer.writerow([mutant.model, mutant.operator, number, body[mutant.start : mutant.end], mutant.new, line])
    counts = table["all"]
    n = counts["killed by unit tests"] + counts["killed by the pipeline"] + counts["survived"]
    return 100 * (1 - counts["survived"] / n) if n else 100.0


def main() -> int:
    """Exit code 1 if the score is below --at-least, or a unit test fails without any change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="*", default=[], help="models to mutate; default: rules and reconciliation")
    parser.add_argument("--sample", type=int, help="try only as many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-least", type=float, default=95.0, help="score to reach, in percent")
    parser.add_argument("--database", type=Path, help="a build of the planted extract: tries survivors in the pipeline")
    parser.add_argument("--planted", type=Path, help="the planted extract it was built from")
    parser.add_argument("--survivors", type=Path, default=TARGET / "mutants" / "survivors.csv")
    options = parser.parse_args()

    models = models_wanted(options.models)
    mutants = [mutant for model in models for mutant in mutants_wanted(model)]
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    connection = duckdb.connect(config={"threads": 1})  # its own: one must not be open in two processes
    for model in models:
        if broken := sum(not holds(connection, sql) for sql in unit_tests(model)):
            print(f"{model}: {broken} unit tests fail without any change")
            return 1
    with ProcessPoolExecutor(2) as pool:
        unit = list(pool.map(try_unit_tests, mutants, chunksize=8))
    names = {"killed": "killed by unit tests", "no unit test": "survived"}
    outcomes = {mutant: names.get(outcome, outcome) for mutant, outcome in zip(mutants, unit, strict=True)}
    if options.database and options.planted:
        left = [mutant for mutant, outcome in outcomes.items() if outcome == "survived"]
        paths = (options.database.resolve(), options.planted.resolve())
        with ProcessPoolExecutor(2, initializer=open_pipeline, initargs=paths) as pool:
            for mutant, outcome in zip(left, pool.map(try_pipeline, left), strict=True):
                outcomes[mutant] = "killed by the pipeline" if outcome == "killed" else outcome
    for mutant, outcome in outcomes.items():
        if outcome == "survived" and is_equivalent(mutant):
            outcomes[mutant] = "equivalent"
    score = report(list(outcomes.items()), options.survivors)
    print(f"Score {score:.1f} %; survivors in {options.survivors}")
    return int(score < options.at_least)


def mutants_wanted(model: str) -> list[Mutant]:
    """Every mutant of a model once; of an iterative one those of the last round."""
    body = body_of(compiled(nodes()[model]))
    mutants = list(dict.fromkeys(mutants_of(model, body)))
    if model not in ITERATIVE:
        return mutants
    last: dict[tuple, Mutant] = {}
    for mutant in mutants:
        start = body.rfind("\n", 0, mutant.start) + 1
        line = re.sub(r"_\d+\b", "", body[start : body.find("\n", mutant.end)])
        last[line, mutant.start - start, mutant.operator, mutant.new] = mutant
    return sorted(last.values(), key=lambda mutant: mutant.start)


def is_equivalent(mutant: Mutant) -> bool:
    """Whether the mutant is in the list of those that cannot change a result."""
    body = body_of(compiled(nodes()[mutant.model]))
    line = body[body.rfind("\n", 0, mutant.start) + 1 : body.find("\n", mutant.end)]
    return any(mutant.model == model and text in line.replace('\n', ' ') for model, text, _ in EQUIVALENT)


if __name__ == "__main__":
    sys.exit(main())
