"""The screener as a command: see the package."""

from __future__ import annotations

import argparse
from pathlib import Path

from quiet import run_script

from . import CHECKS, PASS, STAGES, Lookups, __doc__, is_api_suitable, is_passed, screen_files


def main() -> int:
    """Exit code 0 if no check failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", help="data files; metadata are looked for beside them")
    parser.add_argument("--list", action="store_true", help="list the checks and their rules")
    options = parser.parse_args()
    if options.list:
        for one in sorted(CHECKS, key=lambda one: STAGES.index(one.stage)):
            print(f"{one.stage:11} {one.name:34} {one.severity:8} {one.rule}")
        print(f"{len(CHECKS)} checks")
        return 0
    passed = True
    for file in options.files:
        results = screen_files(file, Lookups.from_seeds())
        passed &= is_passed(results)
        print(f"{file.name}: {len(results)} of {len(CHECKS)} checks run, API suitable: {is_api_suitable(results)}")
        print("\n".join(f"  {r.outcome:8} {r.check.name}: {r.message}" for r in results if r.outcome != PASS) or "  all passed")
    return 0 if passed else 1


if __name__ == "__main__":
    run_script(main)
