"""Are the printed answers of the worked questions in models/docs/questions.md those that the questions give?

Needs a database of the default synthetic extract (CIN_DATABASE, else data/cin.duckdb) and the compiled SQL, as test_analyses.py.
"""

import os
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import write_question_results as writer  # noqa: E402

COMPILED = ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "compiled" / "children_in_need" / "analyses" / "questions"
DATABASE = ROOT / os.environ.get("CIN_DATABASE", "data/cin.duckdb")
QUESTIONS = sorted(path.stem for path in writer.QUESTIONS.glob("*.sql"))


@pytest.fixture(scope="module")
def connection():
    if not writer.is_of_default_extract(DATABASE):
        pytest.skip(f"{DATABASE.name} was not built from the default synthetic extract")
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        yield connection


def printed_table(question: str) -> list[str]:
    """The lines of the table that stand in the question's block."""
    block = writer.block_of(writer.PAGE.read_text(encoding="utf-8"), question)
    return [line for line in block.splitlines() if line.startswith("|")]


def test_there_are_ten_questions():
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize("question", QUESTIONS)
def test_printed_answer_is_the_answer(connection, question):
    sql = (COMPILED / f"{question}.sql").read_text(encoding="utf-8")
    assert printed_table(question) == writer.result_table(connection, sql), "run scripts/write_question_results.py"


def test_no_results_of_another_extract_are_written(small_build):
    assert not writer.is_of_default_extract(small_build.database)


def test_values_are_written_alike():
    written = [writer.cell(*pair) for pair in [(1234, "n"), (2014, "census_year"), (2, "n"), (2.0, "n"), (None, "n"), ("x", "n")]]
    assert written == ["1,234", "2014", "2", "2.0", "–", "x"]
