"""Values that nobody could mistake for anything else, planted into a small extract, and a search for them in every byte.

Most of them hold MARK. Dates that can be read cannot; those are days that the project's own files never name.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MARK = "zqcanary"
SHIFTED_ID = "87654321"  # looks a little like the label of a year
YEARS = (2009, 2014)
ANCIENT = [f"1931-05-{day:02}" for day in range(1, 29)]  # read as dates, and found by their month
RECENT = {
    2009: ["2008-10-17", "2008-11-13", "2008-12-19", "2009-01-23", "2009-02-19"],
    2014: ["2013-05-17", "2013-08-23", "2013-10-17", "2013-11-21", "2014-02-13"],
}
UNREADABLE_DATES = ("31.02.{}{}x", "{}-02-31{}", "{}{}", "30/02/{} {}", "{}-13-45T{}")
HARMLESS = ("CIN_ACADYR", "CIN_LA", "CIN_LAchildID_Anon")
ENCODINGS = ("utf-8", "utf-16-le")

Row = dict[str, str]


def marked(kind: str, n: int) -> str:
    """A text to look for."""
    return f"{MARK}-{kind}-{n:04}"


def spellings(day: str) -> list[str]:
    """A date as SQL, people, JSON and Python write it."""
    year, month, date = day.split("-")
    return [
        day,
        f"{date}/{month}/{year}",
        f"{date}\\/{month}\\/{year}",
        f"date({int(year)}, {int(month)}, {int(date)})",
    ]


def needles() -> list[bytes]:
    """What to search for, in lower case, in every encoding."""
    texts = [MARK, SHIFTED_ID, "1931-05-", "/05/1931", "\\/05\\/1931", "date(1931, 5, "]
    texts += [spelling for days in RECENT.values() for day in days for spelling in spellings(day)]
    return [text.encode(encoding) for text in texts for encoding in ENCODINGS]


def read(path: Path) -> list[Row]:
    """The rows of a delivered file, cut or filled up to the header's columns."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: value for key, value in row.items() if key} for row in csv.DictReader(file, restval="")]


def write(path: Path, rows: list[Row]) -> None:
    """Writes rows as a delivered file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def planted_rows(rows: list[Row], year: int) -> list[Row]:
    """Rows that hold canaries: in every column, in sound and in unsound forms, twice, in doubt, and with NUL bytes."""
    header, planted = list(rows[0]), []
    dates = [name for name in header if "date" in name.lower()]
    referral = next(name for name in dates if "referral" in name.lower())
    days = [*RECENT[year], *ANCIENT]

    def row(n: int, changes: Row) -> Row:
        """Another child's row, under ids of its own."""
        ids = {"CIN_LAchildID_Anon": marked(f"id{year}", n), "CIN_PupilMatchingRefAnonymous": marked(f"pmr{year}", n)}
        return {**rows[n % len(rows)], **ids, **changes}

    for n, day in enumerate(days):  # children who are sound, and known by their days
        planted.append(row(n, {name: day for name in dates if name == referral or n % 3}))
    for n, name in enumerate(header):  # in every column, what cannot be read; the first column tells the year
        if name not in HARMLESS and name != referral:
            planted.append(row(100 + n, {name: marked(name, n)}))
    for n, name in enumerate(dates):
        for m, form in enumerate(UNREADABLE_DATES):
            if name != referral or m == 0:  # a row without a referral date is rejected, and few may be
                planted.append(row(150 + 5 * n + m, {name: form.format(year, marked("date", m))}))
    planted.append(row(250, {"CIN_LAchildID_Anon": f"\0{MARK}\0-nul-{year}"}))
    planted.append(row(251, {"CIN_LAchildID_Anon": f"Möwe “{MARK}” {year}", "CIN_PupilMatchingRefAnonymous": f"{MARK}\tæ"}))
    planted.append(row(252, {"CIN_ACADYR": marked("year", year)}))
    planted.append(row(253, {header[1]: marked("authority", year)}))
    planted += planted[:5]  # exact duplicates
    planted += [{**one, "CIN_Ethnicity": "WBRI", "CIN_YearOfBirth": "2003"} for one in planted[5:10]]  # the same key in doubt
    planted += [{**row(260 + n, {}), "CIN_PupilMatchingRefAnonymous": marked("shared", year)} for n in range(12)]
    return planted


def plant(folder: Path) -> int:
    """Plants canaries into every file of an extract of YEARS, and says how many values they are."""
    n_values = 0
    for year in YEARS:
        path = folder / f"cin_{year}.csv"
        rows = read(path)
        planted = planted_rows(rows, year)
        write(path, planted[:30] + rows + planted[30:])
        with path.open("a", encoding="utf-8") as file:  # lines that do not split into the header's columns
            file.write(f"{MARK},too,few\n{MARK}" + ",too many" * 60 + "\n")
        path = folder / f"cin_disabilities_{year}.csv"
        disabilities = read(path)
        codes = [
            {**disabilities[n], "CIN_LAchildID_Anon": marked(f"id{year}", n), "CIN_Disability": marked("code", n)}
            for n in range(15)
        ]
        write(path, disabilities + codes)
        n_values += sum(MARK in value or value in (*RECENT[year], *ANCIENT) for row in planted + codes for value in row.values())
    return n_values


def contents(path: Path) -> Iterable[bytes]:
    """A file's bytes in lower case, and what they unpack to if they are packed by gzip."""
    whole = path.read_bytes()
    yield whole.lower()
    if whole[:2] == b"\x1f\x8b":
        with suppress(EOFError, OSError, zlib.error):
            yield gzip.decompress(whole).lower()


class Search:
    """A search for canaries: how much was searched, and in which files something was found, how many of the needles."""

    def __init__(self) -> None:
        self.needles, self.n_bytes, self.n_files, self.hits = needles(), 0, 0, {}

    def look(self, root: Path, paths: Iterable[Path]) -> None:
        """Searches files, and notes hits by the file's path below `root`."""
        for path in paths:
            found = 0
            for whole in contents(path):
                self.n_bytes += len(whole)
                found += sum(needle in whole for needle in self.needles)
            self.n_files += 1
            if found:
                self.hits[str(path.relative_to(root))] = found
