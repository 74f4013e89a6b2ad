"""Shared by the tests of the whole pipeline: a small extract, and a way to build it as a user would."""

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from comparison import FORM, contents
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2]
YEARS = range(2014, 2017)


class Build:
    """One run of dbt on an extract folder: its exit code, its output, and the database it wrote.

    dbt runs within this process, with a project that was parsed once: parsing anew would take most of the time.
    """

    manifest = None

    def __init__(self, folder: Path, home: Path, *arguments: str, census_years: str = "", threads: int = 2):
        self.database = home / "cin.duckdb"
        settings = {"CIN_EXTRACT_DIR": str(folder), "CIN_DATABASE": str(self.database), "CIN_CENSUS_YEARS": census_years}
        messages: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(PROJECT)
            for name, value in settings.items():
                patch.setenv(name, value)
            dbt = dbtRunner(
                manifest=None if census_years else self.parsed(home),
                callbacks=[lambda event: messages.append(event.info.msg)],
            )
            result = dbt.invoke(
                [*(arguments or BUILD), "--threads", str(threads), "--quiet"]
                + ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
            )
        DuckDBConnectionManager.close_all_connections()
        self.exit_code = 0 if result.success else 1
        self.output = "\n".join([*messages, str(result.exception or "")])

    @classmethod
    def parsed(cls, home: Path):
        """The project's manifest, parsed at the first call."""
        if cls.manifest is None:
            cls.manifest = dbtRunner().invoke(["parse", "--quiet", "--target-path", str(home / "parsed")]).result
        return cls.manifest

    def query(self, sql: str) -> list[tuple]:
        """The rows that the built database answers."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute(f"attach '{self.database}.work' as cin_work (read_only)")
            return connection.execute(sql).fetchall()

    def content(self) -> dict[str, tuple]:
        """For each mart its number of rows and a hash of its content, whatever the order of the rows.

        Without the two that say in which form the rows were delivered.
        """
        found = contents(self.database, "main")
        return {name: content for name, content in found.items() if name not in FORM}


BUILD = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def at(home: Path, build: Build) -> Build:
    """The build, as if its databases were in another folder."""
    twin = copy.copy(build)
    twin.database = home / "cin.duckdb"
    return twin


def copied(build: Build, home: Path) -> Build:
    """The build with its databases copied to another folder."""
    twin = at(home, build)
    home.mkdir(exist_ok=True)
    for part in ("", ".work"):
        shutil.copy(f"{build.database}{part}", f"{twin.database}{part}")
    return twin


def make_extract(folder: Path, *options: str) -> None:
    """Makes a synthetic extract in a folder, as a user would."""
    script = PROJECT / "scripts" / "make_synthetic_extract.py"
    subprocess.run([sys.executable, str(script), "--out", str(folder), *options], check=True, capture_output=True, cwd=PROJECT)


@pytest.fixture(scope="session")
def small_extract(tmp_path_factory) -> Path:
    """A synthetic extract of three census years, about 1,300 children, as plain comma-separated files."""
    folder = tmp_path_factory.mktemp("extract") / "plain"
    make_extract(folder, "--share", "0.001", "--years", f"{YEARS[0]}-{YEARS[-1]}")
    return folder


@pytest.fixture(scope="session")
def small_build(small_extract, tmp_path_factory) -> Build:
    """The small extract, built."""
    build = Build(small_extract, tmp_path_factory.mktemp("built"))
    assert build.exit_code == 0, build.output
    return build


@pytest.fixture
def delivery(small_extract, tmp_path) -> Path:
    """A copy of the small extract that a test may change."""
    folder = tmp_path / "delivery"
    shutil.copytree(small_extract, folder)
    return folder
