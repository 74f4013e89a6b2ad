"""Runs the analyses, and writes their results into the documentation.

    .venv/bin/dbt compile --quiet && .venv/bin/python scripts/write_results.py

Reads the SQL that dbt compiled and a database built from the default synthetic extract; any other database is refused, since its
results would not be those that readers get, and might be of real children. Each result goes between the marks in the block of
its analysis: those of analyses/questions are in models/docs/questions.md, and so on. A test holds the pages to the analyses.
"""

import argparse
import sys
from pathlib import Path

import duckdb
import make_synthetic_extract
from evaluate import put_between
from synthetic import output
from synthetic.chunk import Request

PROJECT = Path(__file__).resolve().parent.parent
ANALYSES = PROJECT / "analyses"
PAGES = {folder: PROJECT / "models" / "docs" / f"{folder}.md" for folder in ("concepts", "quality", "questions")}
STATEMENT = "select statement from work.landing.about_the_extract"


def is_of_default_extract(database: Path) -> bool:
    """True if the work file beside the database says that it was built from the default synthetic extract."""
    work = Path(f"{database}.work")
    if not work.exists():
        return False
    default = make_synthetic_extract.arguments(["--out", "unused"])
    request = Request(share=default.share, years=default.years, seed=default.seed, noise=default.noise)
    wanted = output.about(request, default.format, default.single_file)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{work}' as work (read_only)")
        (statement,) = connection.execute(STATEMENT).fetchone()
    return statement == "; ".join(f"{key}={wanted[key]}" for key in sorted(wanted))


def cell(value: object, column: str) -> str:
    """One value as text: thousands apart except in years, one decimal, a dash for null."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and column != "census_year" else str(value)


def result_table(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """The lines of a markdown table with what an analysis answers; numbers to the right."""
    answer = connection.execute(sql.rstrip().rstrip(";"))
    names = [column[0] for column in answer.description]
    rows = answer.fetchall()
    numbers = [any(isinstance(row[place], (int, float)) for row in rows) for place in range(len(names))]
    header = [name.replace("_", " ") for name in names]  # so that wide tables can break their headers
    lines = [header, ["---:" if is_number else "---" for is_number in numbers]]
    lines += [[cell(value, name) for value, name in zip(row, names, strict=True)] for row in rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def block_of(page: str, analysis: str) -> str:
    """The part of the page that is the block of an analysis."""
    begin, end = "{% docs " + analysis + " %}", "{% enddocs %}"
    if begin not in page:
        raise ValueError(f"no page has a block {analysis}")
    return begin + page.partition(begin)[2].partition(end)[0] + end


def with_results(folder: str, database: Path, compiled: Path) -> str:
    """The page of a folder of analyses, with every result renewed."""
    page = PAGES[folder].read_text(encoding="utf-8")
    with duckdb.connect(str(database), read_only=True) as connection:
        for path in sorted((ANALYSES / folder).glob("*.sql")):
            block = block_of(page, path.stem)
            table = result_table(connection, (compiled / folder / path.name).read_text(encoding="utf-8"))
            page = page.replace(block, put_between(block, "result", table))
    return page


def main() -> int:
    """Exit code 0 if the pages were written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", type=Path, default=PROJECT / "data" / "cin.duckdb")
    compiled = PROJECT / "target" / "compiled" / "children_in_need" / "analyses"
    parser.add_argument("--compiled", type=Path, default=compiled)
    options = parser.parse_args()
    if not is_of_default_extract(options.database):
        print(f"{options.database} was not built from the default synthetic extract", file=sys.stderr)
        return 1
    for folder, page in PAGES.items():
        page.write_text(with_results(folder, options.database, options.compiled), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
