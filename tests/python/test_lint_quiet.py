"""Are the habits kept that let nothing leak? Reads the project's text, its manifest and its scripts; runs nothing.

`test_quiet.py` shows that nothing leaks now; this names the line that would begin to. Reads dbt's manifest (DBT_TARGET_PATH,
else ./target), so `dbt parse` or more has to come first.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT

MANIFEST = PROJECT / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"
SCRIPTS = sorted((PROJECT / "scripts").rglob("*.py"))
SQL = sorted(path for folder in ("models", "macros", "tests") for path in (PROJECT / folder).rglob("*.sql"))
# Scripts that only ever see synthetic extracts: they need one, and its truth or its faults.
SYNTHETIC_ONLY = re.compile(
    r"/(synthetic/\w+|make_synthetic_extract|plant_faults|evaluate|mutate_sql|break_rules|write_results|write_column_docs|count_work)"
    r"\.py$"
)
# Our own numbers and literals may be cast; what was delivered may not.
HARMLESS_CAST = re.compile(r"(?:null|(?<!\w)\d+|\d\)|\]\)|\{\{ census_year \}\}|census_year)::\w+")
BARE_CAST = re.compile(r"\b(?:cast|strptime|to_date|to_timestamp)\s*\(|(?:\{\{[^}]*\}\}|\S+)::\w+", re.I)  # \b: not try_cast


def without_comments(sql: str) -> str:
    """SQL without comments, those of Jinja included; line ends stay."""
    blank = lambda found: re.sub(r"[^\n]", " ", found[0])  # noqa: E731
    return re.sub(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", blank, sql, flags=re.S)


def lines_that_match(pattern: re.Pattern, paths: list[Path], allowed: re.Pattern | None = None) -> list[str]:
    """Where a pattern stands in SQL: file, line and what was found, but for what is allowed."""
    found = []
    for path in paths:
        for number, line in enumerate(without_comments(path.read_text(encoding="utf-8")).splitlines(), 1):
            for match in pattern.finditer(line):
                if not (allowed and allowed.search(match[0])):
                    found.append(f"{path.relative_to(PROJECT)}:{number}: {match[0]}")
    return found


@pytest.fixture(scope="module")
def manifest() -> dict:
    assert MANIFEST.exists(), f"{MANIFEST} is missing: run `dbt build` first"
    return json.loads(MANIFEST.read_text(encoding="utf-8"))


# SQL


def test_what_was_delivered_is_never_cast_bare():
    """Only by try_cast and try_strptime: what cannot be read is null and counted, not an error that names it."""
    read_values = [path for path in SQL if path.parts[-2] in ("parsing", "staging", "census")]
    assert len(read_values) > 20
    wrong = [line for line in lines_that_match(BARE_CAST, read_values, HARMLESS_CAST) if not is_cast_to_text(line)]
    assert wrong == []


def is_cast_to_text(line: str) -> bool:
    """Whether the line that was found casts to text, which cannot fail."""
    path, number, _ = line.split(":", 2)
    text = (PROJECT / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    return bool(re.search(r"\bcast\([^()]* as varchar\)", text))


def test_staging_is_one_macro():
    """So that what is said of casts in macros holds for every year."""
    for path in (PROJECT / "models" / "staging").glob("stg_cin__20*.sql"):
        whole = r"\{\{ config\(enabled=20\d\d in census_years\(\)\) \}\}\{\{ stage_census_year\('cin', 20\d\d\) \}\}\s*"
        assert re.fullmatch(whole, path.read_text()), path.name


BARE = [
    "select cast(x as date)", "x::date as y", "strptime(x, '%d')", "max(x)::int", "{{ column }}::date", "{{ parsed(c) }}::int",
]


@pytest.mark.parametrize("sql", BARE)
def test_a_bare_cast_would_be_found(sql):
    assert [found[0] for found in BARE_CAST.finditer(sql) if not HARMLESS_CAST.fullmatch(found[0])]
    assert not BARE_CAST.search("try_cast(x as date), try_strptime(x, '%d')")


def test_no_error_is_raised_with_a_value():
    """error() and its like print what they are given: only a fixed text may be."""
    calls = lines_that_match(re.compile(r"(?<![\w.])error\s*\((?!')[^)]*\)"), SQL)
    assert calls == []


def test_no_query_samples_rows():
    assert lines_that_match(re.compile(r"\busing sample\b|\btablesample\b|\blimit [1-9]", re.I), SQL) == []


def test_no_macro_logs_what_a_query_answered():
    """log() and print() may tell folders, counts of years and shares, not the values of a column."""
    told = lines_that_match(re.compile(r"\{%-? do (?:log|print)\(.*"), SQL)
    assert told
    assert [line for line in told if re.search(r"columns\[|\.rows|values\(\)|run_query", line)] == []


# dbt


def test_no_key_is_enforced_and_no_failure_stored(manifest):
    nodes = [node for node in manifest["nodes"].values() if node["package_name"] == "children_in_need"]
    assert len(nodes) > 300
    assert [node["name"] for node in nodes if node["config"].get("store_failures")] == []
    assert [node["name"] for node in nodes if node.get("constraints")] == []
    assert [node["name"] for node in nodes for column in node.get("columns", {}).values() if column.get("constraints")] == []


def test_data_tests_count(manifest):
    """A data test selects numbers, so that `dbt test` and whoever runs it by hand sees how many rows break it, never which."""
    tests = [path for path in SQL if path.parts[-2] in ("generic", "singular")]
    assert tests
    for path in tests:
        sql = without_comments(path.read_text(encoding="utf-8"))
        last = re.split(r"\)\s*\n\s*select\b|^\s*select\b", sql, flags=re.M | re.I)[-1]
        ids = re.findall(r"\b(?:la_child_id|child_id|local_child_id|pupil_matching_ref|pmr_first_id)\b", last.split("from")[0])
        assert ids == [], path.name


def test_dbt_sends_nothing_and_fetches_nothing():
    flags = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["flags"]
    assert flags["send_anonymous_usage_stats"] is False
    assert "store_failures" not in (PROJECT / "dbt_project.yml").read_text()
    assert [name for name in ("packages.yml", "dependencies.yml", "package-lock.yml") if (PROJECT / name).exists()] == []


def test_duckdb_fetches_nothing_and_keeps_its_errors_to_itself():
    for output in yaml.safe_load((PROJECT / "profiles.yml").read_text())["children_in_need"]["outputs"].values():
        assert output["config_options"]["autoinstall_known_extensions"] is False
        assert output["config_options"]["autoload_known_extensions"] is False
        assert "extract_reader" in [plugin["module"] for plugin in output["plugins"]]
        assert "extensions" not in output and "secrets" not in output


# Scripts


def scripts_on_real_data() -> list[Path]:
    return [path for path in SCRIPTS if not SYNTHETIC_ONLY.search(path.as_posix())]


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a script, with the name of what is called: `print`, `duckdb.connect`, `connection.execute`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_databases_are_opened_in_one_place():
    """`open_database` opens them read-only, with the network out and the key in."""
    opening = {path.name for path in scripts_on_real_data() for name, _ in calls(path) if name.endswith("duckdb.connect")}
    assert opening == {"quiet.py"}
    connects = [ast.unparse(call) for name, call in calls(PROJECT / "scripts" / "quiet.py") if name == "duckdb.connect"]
    assert connects and all("config=OFFLINE" in call for call in connects)


def test_scripts_print_names_and_sizes_only():
    """What is printed is made of names, sizes and texts; never of rows that were fetched."""
    printed = [
        f"{path.name}: {ast.unparse(call)}"
        for path in scripts_on_real_data()
        for name, call in calls(path)
        if name.split(".")[-1] in ("print", "pprint", "show", "describe_rows", "info", "debug", "warning")
        and re.search(r"fetch|execute|\.sql\(|rows|record|facts|\bvalues?\b|df\(|\.show\(", ast.unparse(call))
    ]
    assert printed == []


def test_scripts_ask_for_no_sample_of_rows():
    for path in scripts_on_real_data():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"dbt[\"', ]+show\b|\busing sample\b|\blimit \d", text, re.I), path.name


def test_scripts_that_read_a_database_run_quietly():
    mains = [path for path in scripts_on_real_data() if '__name__ == "__main__"' in path.read_text(encoding="utf-8")]
    assert len(mains) >= 3
    assert [path.name for path in mains if "run_script(main)" not in path.read_text(encoding="utf-8")] == []
