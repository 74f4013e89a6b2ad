"""Do the questions in analyses/ still run, and do they answer with rows?

Runs the SQL that `dbt docs generate` or `dbt compile` wrote to target/compiled, on the built database.
"""

import os
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
COMPILED = ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "compiled" / "children_in_need" / "analyses"
DATABASE = ROOT / os.environ.get("CIN_DATABASE", "data/cin.duckdb")
QUESTIONS = sorted(path.relative_to(ROOT / "analyses") for path in (ROOT / "analyses").rglob("*.sql"))


def test_there_are_questions():
    assert len(QUESTIONS) >= 10


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_question_is_answered(question: Path):
    sql = (COMPILED / question).read_text().rstrip().rstrip(";")
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        (n_rows,) = connection.execute(f"select count(*) from ({sql}\n)").fetchone()
    assert n_rows > 0
