"""Writes the release: tables that may leave, in DfE's open-data format, and the pack for the output checker.

    .venv/bin/python scripts/write_release.py [--database data/cin.duckdb] [--out data/release] [--profile ons_srs]

Disclosure control looks at all tables together, then an attack is made upon the result. Nothing is written if the attack finds a
count, or if a table fails the screener. Beside the database a second one, cin_release.duckdb, gets the same tables. Everything
can be read by its owner alone; what may leave is in <out>/tables, and an output checker decides whether it does.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from disclosure.profiles import PROFILES, Profile
from quiet import run_script
from release import pack
from release.control import Controlled, control
from release.database import write_database
from release.files import tables_of, write_tables
from release.screener import FAIL, Lookups, Result, screen_files
from release.source import Source, read_extract, read_source
from report.facts import project_version


def release(database: Path, out: Path, profile: Profile) -> tuple[Controlled, dict[str, list[Result]]]:
    """Writes everything, or stops with a message that names no count. Gives what was decided and what the screener found."""
    os.umask(0o077)
    source, extract = read_source(database), read_extract(database)
    controlled = control(source, profile)
    if controlled.n_breaches:
        raise SystemExit(f"{controlled.n_breaches} withheld counts could be worked out. Nothing was written.")
    fresh = out.with_name(f"{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for folder in (pack.TABLES, pack.CHECKER, pack.INSIDE):
        (fresh / folder).mkdir(parents=True, mode=0o700)
    tables = tables_of(source, controlled)
    write_tables(tables, fresh / pack.TABLES)
    screened = screen_all(fresh / pack.TABLES, [table.name for table in tables])
    about = {
        "Project version": project_version(),
        "Profile": profile.name,
        "Census years": f"{min(key[0] for key in source.counts)} to {max(key[0] for key in source.counts)}",
        "Data": {True: "synthetic", False: "census extract", None: "not known"}[extract["is_synthetic"]],
        "Share of England": f"{extract['sampling_fraction']:g}",
    }
    pack.write_guidance(fresh / pack.TABLES / "data_guidance.md", source, controlled, extract)
    sums = pack.write_checksums(fresh / pack.TABLES)
    pack.write_logs(fresh, controlled, screened)
    pack.write_checklist(fresh / pack.CHECKER / "checklist.md", controlled, tables, screened, sums, about)
    write_database(database.with_name("cin_release.duckdb"), tables, fresh / pack.TABLES, told_rows(source, controlled), about)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
    return controlled, screened


def screen_all(folder: Path, names: list[str]) -> dict[str, list[Result]]:
    """What the screener found, by file. Stops if a check failed."""
    lookups = Lookups.from_seeds()
    screened = {name: screen_files(folder / f"{name}.csv", lookups) for name in names}
    failed = [f"{name}: {r.check.name}" for name, results in screened.items() for r in results if r.outcome == FAIL]
    if failed:
        raise SystemExit("The tables do not keep to the open-data format. Nothing was released. " + "; ".join(failed))
    return screened


def told_rows(source: Source, controlled: Controlled) -> list[tuple]:
    """Every cell of the shown places with what is told of it."""
    shown = {(p["census_year"], p["geography_level"], p["geography_code"]) for p in source.geographies if p["is_shown"]}
    keys = sorted({*source.counts, *source.unavailable})
    return [(*key, *controlled.told(key)) for key in keys if key[:3] in shown]


def main() -> int:
    """Exit code 0 if the release was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, default=Path(os.environ.get("CIN_DATABASE", "data/cin.duckdb")))
    parser.add_argument("--out", type=Path, default=Path("data/release"))
    parser.add_argument("--profile", choices=list(PROFILES), default="ons_srs", help="rules (default ons_srs, the stricter)")
    options = parser.parse_args()
    controlled, screened = release(options.database, options.out, PROFILES[options.profile])
    tally = controlled.tally()
    warned = sum(result.outcome == "WARNING" for results in screened.values() for result in results)
    print(
        f"{len(screened)} tables in {options.out / pack.TABLES}, profile {options.profile}. Withheld: "
        f"{tally['primary']:,} small counts, {tally['secondary']:,} to guard them. "
        f"Could be worked out: at least {controlled.n_exposed:,} without these, {controlled.n_breaches} as released. "
        f"Screener: passed, {warned} warnings. Checklist: {options.out / pack.CHECKER / 'checklist.md'}"
    )
    return 0


if __name__ == "__main__":
    run_script(main)
