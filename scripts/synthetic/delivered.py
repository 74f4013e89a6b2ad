"""A delivered extract held in memory, to be edited row by row: plain CSV files, one per census year."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections import defaultdict
from pathlib import Path

from .columns import disability_headers_of, headers_of

LAST_CENSUS_YEAR = 2025


class Row(dict):
    """One delivered row under the field names of `columns.HEADERS`, with its census year. Every value is text."""

    def __init__(self, values: dict[str, str], census_year: int) -> None:
        super().__init__(values)
        self.census_year = census_year

    def copy(self, **changes: str) -> Row:
        """The same row with other values."""
        return Row({**self, **changes}, self.census_year)

    @property
    def first_day(self) -> dt.date:
        """First day of the row's census year; October 2008 for the first."""
        return dt.date(2008, 10, 1) if self.census_year == 2009 else dt.date(self.census_year - 1, 4, 1)

    @property
    def census_day(self) -> dt.date:
        """Last day of the row's census year."""
        return dt.date(self.census_year, 3, 31)

    def day(self, field: str) -> dt.date | None:
        """A date field as a date; None where nothing is given."""
        return dt.date.fromisoformat(self[field]) if self.get(field) else None

    @property
    def birth(self) -> dt.date | None:
        """First day of the month of birth."""
        return dt.date(int(self["birth_year"]), int(self["birth_month"]), 1) if self["birth_year"] else None

    def set_birth(self, day: dt.date) -> None:
        """Puts the birth into the month of this day."""
        self["birth_year"], self["birth_month"] = str(day.year), str(day.month)

    @property
    def child(self) -> tuple[str, str]:
        """Authority code and local child id."""
        return self["code"], self["local"]

    @property
    def end(self) -> dt.date:
        """The closure date, or the census day of an open case."""
        return self.day("closure") or self.census_day


class Extract:
    """All rows of an extract: of the main files, and of the disabilities files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.main: dict[int, list[Row]] = {}
        self.disabilities: dict[int, list[Row]] = {}
        for path in sorted(folder.glob("cin_[0-9]*.csv")):
            year = int(path.stem[-4:])
            self.main[year] = self._read(path, year, headers_of(year))
            path = folder / f"cin_disabilities_{year}.csv"
            self.disabilities[year] = self._read(path, year, disability_headers_of(year))
        self.rows_of: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for year in sorted(self.main):
            for row in self.main[year]:
                self.rows_of[row.child].append(row)

    @staticmethod
    def _read(path: Path, year: int, headers: list[tuple[str, str]]) -> list[Row]:
        with path.open(newline="", encoding="utf-8") as file:
            return [Row({field: row[header] for header, field in headers}, year) for row in csv.DictReader(file)]

    def write(self, folder: Path) -> None:
        """Writes every file of the extract, edited, into another folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        for year in self.main:
            self._write(folder / f"cin_{year}.csv", self.main[year], headers_of(year))
            self._write(folder / f"cin_disabilities_{year}.csv", self.disabilities[year], disability_headers_of(year))

    @staticmethod
    def _write(path: Path, rows: list[Row], headers: list[tuple[str, str]]) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([header for header, _ in headers])
            writer.writerows([row.get(field, "") for _, field in headers] for row in rows)

    def add(self, row: Row) -> Row:
        """Adds a row to its year's main file."""
        self.main[row.census_year].append(row)
        return row

    def remove(self, row: Row) -> None:
        """Takes a row, and what the disabilities file of the year says of its child, out of the extract."""
        self.main[row.census_year] = [other for other in self.main[row.census_year] if other is not row]
        self.drop_disabilities(row)

    def disabilities_of(self, row: Row) -> list[Row]:
        """What the disabilities file of the row's year says of its child."""
        return [other for other in self.disabilities[row.census_year] if other.child == row.child]

    def drop_disabilities(self, row: Row) -> None:
        """Takes the child out of the disabilities file of the row's year."""
        year = row.census_year
        self.disabilities[year] = [other for other in self.disabilities[year] if other.child != row.child]
