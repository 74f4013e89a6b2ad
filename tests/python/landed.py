"""A delivery as it is landed: what staging would read, without dbt, in less than a second."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import duckdb
from delivery.crosswalk import DATASETS
from delivery.landing import landing
from delivery.survey import Survey, survey
from quiet import open_database

Rows = dict[tuple[str, int], Counter]


class Landed:
    """What a folder lands: the survey of it, and for each dataset and census year how often each row is there."""

    def __init__(self, folder: Path, asked: str = "", is_strict: bool = False):
        self.copies = Path(tempfile.mkdtemp())
        self.survey: Survey = survey(folder, self.copies, asked, is_strict)
        self.rows: Rows = {}
        if not self.survey.problem:
            with open_database() as connection:
                self.land(connection)
        shutil.rmtree(self.copies)

    def land(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Runs the statements of the landing, and keeps what they land."""
        connection.execute("attach ':memory:' as cin_work; create schema cin_work.landing")
        for one in landing(self.survey, "a way"):
            connection.execute(one.statement)
        for dataset in DATASETS:
            for year in self.survey.years:
                columns = ", ".join(self.columns(connection, dataset, year))
                query = f"select {columns} from cin_work.landing.{dataset}_{year}"
                self.rows[dataset, year] = Counter(connection.execute(query).fetchall())

    @staticmethod
    def columns(connection, dataset: str, year: int) -> list[str]:
        """The columns of a landed relation."""
        return [row[0] for row in connection.execute(f"describe cin_work.landing.{dataset}_{year}").fetchall()]

    @property
    def sentence(self) -> str:
        """What stops the build; empty where nothing does."""
        return " ".join(self.survey.problem or ())

    @property
    def log(self) -> str:
        """What the log says of the files."""
        from delivery.report import log_lines

        return "\n".join(log_lines(self.survey))
