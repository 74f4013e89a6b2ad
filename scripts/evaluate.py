"""Measures the pipeline against the truth at several levels of noise, and writes the figures into the documentation.

    .venv/bin/python scripts/evaluate.py --share 0.1           a tenth of synthetic England 2009-2016 at noise 0, 1, 2 and 4
    .venv/bin/python scripts/evaluate.py --share 0.01 --dry    a quick look: prints, writes nothing

For each level: makes the extract, builds what the evaluation needs, reads `evaluation_summary` and `evaluation_link_limits`.
Extracts and databases are made in a temporary folder below `data` and taken away again. England takes about four minutes a
level on two cores, and 3 GB of disk. The tables go between the marks in models/docs/evaluation.md.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "models" / "docs" / "evaluation.md"
FIGURES = """
    select topic, subject, figure, unit, value, target, target_is, is_target_met, best_attainable
    from evaluation.evaluation_summary
"""
LIMITS = """
    select link_probability_limit, precision_percent, recall_percent, is_in_use from evaluation.evaluation_link_limits order by 1
"""
BRACKET = """
    select
        b.measure, b.n_children_by_la_child_id, b.n_children_by_pmr_first_id, b.n_children_by_child_id, b.percent_between,
        c.n_children_true
    from id_scheme_bracket as b
    inner join evaluation.evaluation_counts as c using (census_year, geography_level, geography_code, measure)
    where b.geography_level = 'National' and b.census_year = (select max(census_year) from id_scheme_bracket)
    order by b.measure
"""
PLACES = {"%": 3, "percentage points": 3, "per 100,000": 2, "days": 1, "subgroups": 0}


def measure(noise: float, share: float, years: str, seed: int, home: Path, variables: str) -> list[list[tuple]]:
    """At one level of noise: the figures of the evaluation, the price of each limit, the three ids side by side."""
    extract, database = home / "extract", home / "cin.duckdb"
    python = [sys.executable, str(PROJECT / "scripts" / "make_synthetic_extract.py"), "--out", str(extract), "--force"]
    options = ["--noise", f"{noise:g}", "--share", f"{share:g}", "--years", years, "--seed", str(seed), "--format", "parquet"]
    subprocess.run([*python, *options], check=True, capture_output=True, cwd=PROJECT)
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run(
        [dbt, "--quiet", "build", "--select", "+path:models/evaluation", "id_scheme_bracket", "--exclude-resource-type", "test"]
        + ["--exclude-resource-type", "unit_test", "--vars", variables]
        + ["--target-path", str(home / "target"), "--log-path", str(home / "logs")],
        check=True,
        cwd=PROJECT,
        env=os.environ | {"CIN_EXTRACT_DIR": str(extract), "CIN_DATABASE": str(database), "CIN_CENSUS_YEARS": ""},
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        return [connection.execute(query).fetchall() for query in (FIGURES, LIMITS, BRACKET)]


def shown(value: float | None, unit: str) -> str:
    """A value with the places that its unit deserves; a dash where there is none."""
    return "–" if value is None else f"{value:.{PLACES[unit]}f}"


def figure_table(results: dict[float, list]) -> list[str]:
    """One row per figure, one column per level of noise. A target that is missed is marked with an asterisk."""
    levels = {level: {row[:4]: row[4:] for row in rows} for level, rows in results.items()}
    middle = levels.get(1) or next(iter(levels.values()))
    head = ["topic", "of", "figure", *(f"noise {level:g}" for level in levels), "target", "best at noise 1"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for key in sorted({key for figures in levels.values() for key in figures}):
        topic, subject, figure, unit = key
        cells = []
        for figures in levels.values():
            value, _, _, is_met, _ = figures.get(key, (None,) * 5)
            cells.append(shown(value, unit) + (" *" if is_met is False else ""))
        _, target, target_is, _, best = middle.get(key, (None,) * 5)
        cells += ["" if target is None else f"{target_is} {target:g}", "" if best is None else shown(best, unit)]
        named = f"{figure}, {unit}" if unit not in figure else figure
        lines.append("| " + " | ".join([topic, f"`{subject}`" if " " not in subject else subject, named, *cells]) + " |")
    return lines


def limit_table(results: dict[float, list]) -> list[str]:
    """One row per limit of probability: precision and recall of the pairs at it or above, by level of noise."""
    head = ["limit of probability", *(f"noise {level:g}: precision, recall" for level in results)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for rows in zip(*results.values(), strict=True):
        name = f"{rows[0][0]} (in use)" if rows[0][3] else str(rows[0][0])
        lines.append("| " + " | ".join([name, *(f"{shown(row[1], '%')}, {shown(row[2], '%')}" for row in rows)]) + " |")
    return lines


def bracket_table(rows: list[tuple]) -> list[str]:
    """One row per measure: children under each id, the spread, and the true children."""
    head = ["measure", "`la_child_id`", "`pmr_first_id`", "`child_id`", "between, %", "true children"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for measure, *counts, percent, true in rows:
        cells = [f"{count:,}" for count in counts]
        lines.append("| " + " | ".join([f"`{measure}`", *cells, f"{percent:.2f}", f"{true:,}"]) + " |")
    return lines


def put_between(text: str, mark: str, lines: list[str]) -> str:
    """The text with the lines in place of what stood between the two marks, which no page shows: links to nothing."""
    begin, end = f"[//]: # ({mark}: begin)", f"[//]: # ({mark}: end)"
    before, _, rest = text.partition(begin)
    return before + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + rest.partition(end)[2]


def main() -> int:
    """Exit code 0 if every level was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=0.1, help="1 is England (default 0.1)")
    parser.add_argument("--years", default="2009-2016", help="census years (default 2009-2016, those of the paper)")
    parser.add_argument("--noise", type=float, nargs="+", default=[0, 1, 2, 4], help="levels of noise (default 0 1 2 4)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vars", default="{}", help="dbt variables, as {link_probability_limit: 0.9}")
    parser.add_argument("--dry", action="store_true", help="print the tables, and leave the page as it is")
    options = parser.parse_args()

    figures, limits, brackets = {}, {}, {}
    for level in options.noise:
        start = time.monotonic()
        home = Path(tempfile.mkdtemp(prefix="evaluation_", dir=PROJECT / "data"))
        try:
            figures[level], limits[level], brackets[level] = measure(
                level, options.share, options.years, options.seed, home, options.vars
            )
        finally:
            shutil.rmtree(home, ignore_errors=True)
        print(f"noise {level:g} measured in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    middle = brackets.get(1) or next(iter(brackets.values()))
    tables = {"figures": figure_table(figures), "limits": limit_table(limits), "bracket": bracket_table(middle)}
    text = PAGE.read_text(encoding="utf-8")
    for mark, lines in tables.items():
        text = put_between(text, mark, lines)
        if options.dry:
            print("\n".join([*lines, ""]))
    if not options.dry:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
