"""Are the printed results of the analyses in models/docs those that the analyses give?

Needs a database of the default synthetic extract (CIN_DATABASE, else data/cin.duckdb) and the compiled SQL, as test_analyses.py.
"""

import os
from pathlib import Path

import duckdb
import pytest
import write_results as writer

ROOT = Path(__file__).parents[2]
COMPILED = ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "compiled" / "children_in_need" / "analyses"
DATABASE = ROOT / os.environ.get("CIN_DATABASE", "data/cin.duckdb")
NAMES = [(folder, path.stem) for folder in writer.PAGES for path in sorted((writer.ANALYSES / folder).glob("*.sql"))]


@pytest.fixture(scope="module")
def connection():
    if not writer.is_of_default_extract(DATABASE):
        pytest.skip(f"{DATABASE.name} was not built from the default synthetic extract")
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        yield connection


def printed_table(folder: str, name: str) -> list[str]:
    """The lines of the table that stand between the marks in the analysis' block."""
    block = writer.block_of(writer.PAGES[folder].read_text(encoding="utf-8"), name)
    result = block.partition("(result: begin)")[2].partition("(result: end)")[0]
    return [line for line in result.splitlines() if line.startswith("|")]


def test_there_are_ten_questions_of_each_kind_and_every_folder_has_a_page():
    assert [sum(folder == kind for folder, _ in NAMES) for kind in ("questions", "quality")] == [10, 10]
    by_the_benchmark = {"performance"}  # its page holds figures of the machine, not of the data
    assert {path.name for path in writer.ANALYSES.iterdir()} == set(writer.PAGES) | by_the_benchmark


@pytest.mark.parametrize("folder,name", NAMES, ids=[name for _, name in NAMES])
def test_printed_result_is_the_result(connection, folder, name):
    sql = (COMPILED / folder / f"{name}.sql").read_text(encoding="utf-8")
    assert printed_table(folder, name) == writer.result_table(connection, sql), "run scripts/write_results.py"


def test_no_results_of_another_extract_are_written(small_build):
    assert not writer.is_of_default_extract(small_build.database)


def test_values_are_written_alike():
    written = [writer.cell(*pair) for pair in [(1234, "n"), (2014, "census_year"), (2, "n"), (2.0, "n"), (None, "n"), ("x", "n")]]
    assert written == ["1,234", "2014", "2", "2.0", "–", "x"]
