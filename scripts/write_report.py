"""Writes the report: one HTML page with tables and charts, from a database that was built. It needs no network.

    python scripts/write_report.py [--database data/cin.duckdb] [--out target/report.html] [--profile ons_srs]

Every figure of the extract goes through disclosure control first; the profile says by whose rules.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from disclosure.profiles import PROFILES
from quiet import run_script
from report.facts import project_version, read_facts
from report.page import write_page


def main() -> int:
    """Exit code 0 if the page was written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", type=Path, default=Path(os.environ.get("CIN_DATABASE", "data/cin.duckdb")))
    parser.add_argument("--out", type=Path, default=Path("target/report.html"))
    parser.add_argument(
        "--profile", choices=list(PROFILES), default="ons_srs", help="rules of disclosure control (default ons_srs)"
    )
    options = parser.parse_args()

    page = write_page(read_facts(options.database), PROFILES[options.profile], project_version())
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, encoding="utf-8")
    print(f"{options.out}: {len(page.encode()) / 1e6:.1f} MB, profile {options.profile}")
    return 0


if __name__ == "__main__":
    run_script(main)
