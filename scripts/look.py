"""A first look at a delivery, before anything is built: what each file was taken for, and which column became what (R26).

    python scripts/look.py                         # the folder in CIN_EXTRACT_DIR
    python scripts/look.py --extract D:\\secure\\cin

No value of a child is printed: names of files, headers that read like names, codes of authorities, counts.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections import defaultdict
from pathlib import Path

from delivery import crosswalk
from delivery.report import affected, file_rows, log_lines, shares_unread, unknown_by_file
from delivery.survey import Survey, header_told, survey
from quiet import run_script

SEEDS = crosswalk.PROJECT / "seeds"
NOT_KNOWN = "NOT KNOWN, left unread (put a header into seeds/crosswalk.csv if it is one of the project's columns)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--extract", type=Path, default=Path(os.environ.get("CIN_EXTRACT_DIR") or "data/synthetic"), help="the extract folder"
    )
    folder = parser.parse_args().extract
    with tempfile.TemporaryDirectory() as copies:
        found = survey(folder, Path(copies), os.environ.get("CIN_CENSUS_YEARS", "").strip())
        print("\n".join(page(found)))
    return 1 if found.problem else 0


def page(found: Survey) -> list[str]:
    """The whole page as lines."""
    lines = [f"Extract folder: {found.folder}", ""]
    if found.problem:
        lines += ["This delivery cannot be built:", f"  {' '.join(found.problem)}.", "", *file_names(found)]
        unknown = unknown_by_file(found)
        return [*lines, *(["", NOT_KNOWN, *unknown] if unknown else [])]
    lines += ["FILES", *log_lines(found), "", "YEARS AND ROWS", *years(found), "", "COLUMNS OF THE MAIN FILES", *columns(found)]
    missing = affected(found)
    if missing:
        lines += ["", f"NOT DELIVERED: {len(missing)} of {len(crosswalk.kinds('cin'))} columns", *suffering(missing)]
    unknown = unknown_by_file(found)
    if unknown:
        lines += ["", NOT_KNOWN, *unknown]
    return lines


def file_names(found: Survey) -> list[str]:
    """What was found, where nothing can be built."""
    return [f"  {file.path.name}: {file.dataset or 'no census file'}" for file in found.files]


def years(found: Survey) -> list[str]:
    """Rows of each census year, by what they are."""
    rows: dict[int | None, dict[str, int]] = defaultdict(dict)
    by_name = {file.path.name: file.years[0] for file in found.files if len(file.years) == 1}
    for name, dataset, _, label, n, *_ in file_rows(found):
        if dataset:
            year = label or by_name.get(name)
            rows[year][dataset] = rows[year].get(dataset, 0) + n
    lines = [f"  {'census year':<12}{'main':>12}{'disabilities':>14}{'births':>12}"]
    for year in sorted(rows, key=lambda one: one or 0):
        counts = [rows[year].get(name, 0) for name in ("cin", "cin_disabilities", "births")]
        lines.append(f"  {year or 'none told':<12}{counts[0]:>12,}{counts[1]:>14,}{counts[2]:>12,}")
    return lines


def columns(found: Survey) -> list[str]:
    """Which header became which column, what share of its values cannot be read, and in which years it was delivered."""
    headers: dict[str, dict[str, None]] = defaultdict(dict)
    for file in found.of("cin") + found.of("births"):
        for name, positions in file.columns.items():
            headers[name].update(dict.fromkeys(header_told(file.header[p]) or f"column {p + 1}" for p in positions))
    shares = shares_unread(found)
    lines = [f"  {'column':<30}{'read from':<48}{'unread':>8}"]
    for name in crosswalk.kinds("cin"):
        if name in headers:
            share = f"{shares[name]:.1f} %" if name in shares else ""
            lines.append(f"  {name:<30}{', '.join(headers[name]):<48}{share:>8}")
    return lines


def suffering(missing: list[str]) -> list[str]:
    """What was not delivered, and the tables that rest on it, by the rules of `dq_rule_catalogue` and the seed
    `dq_mart_needs`."""
    tables: dict[str, set[str]] = defaultdict(set)
    with open(SEEDS / "dq_mart_needs.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tables[row["variable"]].add(row["mart"])
    rules: dict[str, int] = defaultdict(int)
    with open(SEEDS / "dq_rule_catalogue.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in row["fields"].split(";"):
                rules[name] += 1
                tables[name] |= set(row["marts"].split(";"))
    return [
        f"  {name:<30}{rules[name]} quality rules not applicable"
        + (f"; touches {', '.join(sorted(tables[name]))}" if tables[name] else "")
        for name in missing
    ]


if __name__ == "__main__":
    run_script(main)
