"""Breaks each rule on purpose, on a copy of the project, and reports whether its unit tests notice.

    .venv/bin/python scripts/break_rules.py               every break in tests/python/rule_breaks.py
    .venv/bin/python scripts/break_rules.py --rule r15    those of one rule

Needs a database that `dbt build` has made (CIN_DATABASE, or data/cin.duckdb): unit tests look up the
columns of their inputs there. It is copied, never written to. A break is killed if a unit test of its
rule fails that does not fail without it. Exit code 1 if a break survives, does not run, or no longer
fits the file it is meant for.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests" / "python"))

from rule_breaks import BREAKS, Break  # noqa: E402

PARTS = ["models", "macros", "seeds", "scripts", "tests", "dbt_project.yml", "profiles.yml"]
N_WORKERS = 2


def copy_project(database: Path, folder: Path) -> None:
    """Makes this process's own copy of the project and database, in `folder`, and works there.

    The hooks that land the extract and drop the evaluation are left out: unit tests read nothing of them. The database keeps
    its name, which views hold.
    """
    home = Path(tempfile.mkdtemp(dir=folder))
    for part in PARTS:
        copy = shutil.copytree if (PROJECT / part).is_dir() else shutil.copy
        copy(PROJECT / part, home / part)
    for name in ("data", ".venv"):
        if (PROJECT / name).exists():
            (home / name).symlink_to(PROJECT / name)
    settings = yaml.safe_load((home / "dbt_project.yml").read_text())
    settings.pop("on-run-start", None)
    settings.pop("on-run-end", None)
    (home / "dbt_project.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    for suffix in ("", ".work"):
        shutil.copy(f"{database}{suffix}", f"{home}/{database.name}{suffix}")
    os.environ["CIN_DATABASE"] = str(home / database.name)
    os.environ.pop("CIN_CENSUS_YEARS", None)
    os.chdir(home)


def run_unit_tests(selection: str, manifest: Manifest) -> tuple[set[str], str | None]:
    """Names of the unit tests that fail, and what kept others from running at all, if anything."""
    outcome = dbt("test", "--select", selection, manifest=manifest)
    if outcome.exception or not outcome.result:
        return set(), type(outcome.exception).__name__
    results = {result.node.name: str(result.status) for result in outcome.result.results}
    errors = sorted(name for name, status in results.items() if status not in ("pass", "fail"))
    failed = {name for name, status in results.items() if status == "fail"}
    return failed, f"error in {errors[0]}" if errors else None if results else "no unit tests"


def try_break(breakage: Break | None, selection: str) -> tuple[set[str], str | None, float]:
    """Applies a break (none: the project as it is), runs the unit tests selected, and undoes it.

    Gives the failed tests, what went wrong with running them, and the seconds it took.
    """
    start = time.monotonic()
    with broken(breakage) as manifest:
        return *run_unit_tests(selection, manifest), time.monotonic() - start


@contextlib.contextmanager
def broken(breakage: Break | None) -> Iterator[Manifest]:
    """The parsed project with a break, for as long as the context lasts.

    A model or macro is broken where it was parsed. A seed is broken in its file, since dbt reads the seeds of unit tests while it
    parses.
    """
    if breakage is None:
        yield parsed_project()
    elif breakage.file.startswith("seeds/"):
        path = Path(breakage.file)
        sound = path.read_text()
        path.write_text(sound.replace(breakage.old, breakage.new))
        try:
            yield parsed_project.__wrapped__()
        finally:
            path.write_text(sound)
    else:
        name = "macro_sql" if breakage.file.startswith("macros/") else "raw_code"
        parts = (*parsed_project().nodes.values(), *parsed_project().macros.values())
        (part,) = (p for p in parts if p.original_file_path == breakage.file and breakage.old in getattr(p, name, ""))
        sound = getattr(part, name)
        setattr(part, name, sound.replace(breakage.old, breakage.new))
        try:
            yield parsed_project()
        finally:
            setattr(part, name, sound)


@cache
def parsed_project() -> Manifest:
    """The project of this process, parsed at the first call, without data tests: they only take time."""
    manifest = dbt("parse").result
    manifest.nodes = {name: node for name, node in manifest.nodes.items() if node.resource_type != "test"}
    return manifest


def dbt(*arguments: str, manifest: Manifest | None = None) -> dbtRunnerResult:
    """Runs dbt in this process, quietly."""
    quietly = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-partial-parse"]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        return dbtRunner(manifest).invoke([*quietly, *arguments])


def unit_tests_of(breakage: Break) -> str:
    """Selects the unit tests that can notice a break: those of its rule, and where a model is broken, of that model.

    Unit tests are given what their model reads, so that those of other models cannot notice.
    """
    selection = f"tag:{breakage.rule},test_type:unit"
    return f"{selection},{Path(breakage.file).stem}" if breakage.file.startswith("models/") else selection


def misfits(breaks: list[Break]) -> list[Break]:
    """Breaks whose text is not found exactly once in their file."""
    return [breakage for breakage in breaks if (PROJECT / breakage.file).read_text().count(breakage.old) != 1]


def main() -> int:
    """Exit code: 0 if every break was killed, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rule", help="break this rule alone, as r15")
    parser.add_argument("--database", type=Path, default=os.environ.get("CIN_DATABASE", PROJECT / "data" / "cin.duckdb"))
    options = parser.parse_args()

    breaks = [breakage for breakage in BREAKS if options.rule in (None, breakage.rule)]
    database = Path(options.database).resolve()
    if not breaks:
        parser.error(f"no breaks of rule {options.rule}")
    if not database.exists():
        parser.error(f"{database} does not exist; run `dbt build` first")
    for breakage in (unfit := misfits(breaks)):
        print(f"{breakage.rule:4} DOES NOT FIT  {breakage.what} ({breakage.file})")
    breaks = [breakage for breakage in breaks if breakage not in unfit]

    start, n_failed = time.monotonic(), len(unfit)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(N_WORKERS, initializer=copy_project, initargs=(database, Path(folder))) as pool,
    ):
        every_rule = f"tag:{options.rule},test_type:unit" if options.rule else "test_type:unit"
        unbroken = pool.submit(try_break, None, every_rule)
        tried = {pool.submit(try_break, breakage, unit_tests_of(breakage)): breakage for breakage in breaks}
        failing, problem, _ = unbroken.result()
        if problem:
            print(f"The unit tests do not run even without a break: {problem}")
            pool.shutdown(cancel_futures=True)
            return 1
        for name in sorted(failing):
            print(f"fails without any break: {name}")
        for n_done, future in enumerate(as_completed(tried), start=1):
            breakage, (failed, problem, seconds) = tried[future], future.result()
            killers = sorted(failed - failing)
            verdict = "killed" if killers else "DOES NOT RUN" if problem else "SURVIVED"
            n_failed += not killers
            by = f"  [{len(killers)}: {killers[0]}]" if killers else f"  [{problem}]" if problem else ""
            print(f"{n_done:3}/{len(tried)} {breakage.rule:4} {verdict:12} {seconds:4.1f} s  {breakage.what}{by}", flush=True)
    print(f"{len(breaks) + len(unfit) - n_failed} killed, {n_failed} not, in {time.monotonic() - start:.0f} s")
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
