"""The same lives in the forms in which real deliveries come (R26): a default extract, written again.

sql_server: all years in one table, ids as 0x and hexadecimal digits, NULL, dates with a time. tabs: all years in one text, a full
date of birth, NUL bytes. school_census: a file a year, joined to the spring census, with other returns beside it. stata: all
years
in one file, small letters, a point for missing, dates such as 01apr2010. r: a file a year with row numbers and NA.
few_columns: what a frugal applicant asks for.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

SHAPES = ("sql_server", "tabs", "school_census", "stata", "r", "few_columns")
IDS = ("CIN_LAchildID_Anon", "CIN_PupilMatchingRefAnonymous")
FEW = (
    "CIN_ACADYR", "CIN_LA", "CIN_CIN_LA", *IDS, "CIN_CINReferralDate", "CIN_PrimaryNeedCode", "CIN_CINClosureDate",
    "CIN_ReasonForClosure",
)  # fmt: skip
NEWER = {"CIN_ReferralDate": "CIN_CINReferralDate"}
Row = dict[str, str]


def reshape(folder: Path, shape: str) -> None:
    """Writes the default extract in a folder, plain comma-separated files, as another shape."""
    files = {path: read(path) for path in sorted(folder.glob("cin_*.csv"))}
    for path in files:
        path.unlink()
    {
        "sql_server": sql_server,
        "tabs": tabs,
        "school_census": school_census,
        "stata": stata,
        "r": r_export,
        "few_columns": few_columns,
    }[shape](folder, files)


def read(path: Path) -> list[Row]:
    """The rows of a file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row], **options) -> None:
    """Writes rows, every header that any of them has."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval=options.pop("restval", ""), **({"lineterminator": "\n"} | options))
        writer.writeheader()
        writer.writerows(rows)


def joined(files: dict[Path, list[Row]], dataset: str) -> list[Row]:
    """The rows of all years of a dataset, the referral date under one header."""
    of_dataset = [rows for path, rows in files.items() if path.stem[:-5] == dataset]
    return [{NEWER.get(name, name): value for name, value in row.items()} for rows in of_dataset for row in rows]


def each(rows: Iterable[Row], change: Callable[[str, str], str]) -> list[Row]:
    """The rows with every value changed."""
    return [{name: change(name, value) for name, value in row.items()} for row in rows]


def day(name: str, value: str) -> dt.date | None:
    """The day that a value of a column of dates gives, if it is one."""
    try:
        return dt.date.fromisoformat(value) if "date" in name.lower() or "CPC" in name else None
    except ValueError:
        return None


def span(files: dict[Path, list[Row]]) -> str:
    """First and last year, as names of files have them."""
    years = sorted({path.stem[-4:] for path in files})
    return f"{years[0]}_to_{years[-1]}"


def sql_server(folder: Path, files: dict[Path, list[Row]]) -> None:
    """One table of all years as a database writes it."""

    def text(name: str, value: str) -> str:
        if name in IDS and value.strip():
            return f"0x{value.strip().encode().hex().upper()}"
        return f"{value} 00:00:00.000" if day(name, value) else value or "NULL"

    main = [row | {"CIN_ReleaseFlag": "1", "CIN_CINDetailsTableID": str(n)} for n, row in enumerate(joined(files, "cin"))]
    write(folder / f"CIN_{span(files)}.csv", each(main, text), restval="NULL")
    write(folder / f"CIN_{span(files)}_Disabilities.csv", each(joined(files, "cin_disabilities"), text), restval="NULL")


def tabs(folder: Path, files: dict[Path, list[Row]]) -> None:
    """Text with tabs, a full date of birth, NUL bytes."""
    main = joined(files, "cin")
    for n, row in enumerate(main):
        month, year = row.pop("CIN_MonthOfBirth"), row.pop("CIN_YearOfBirth")
        row["CIN_DOB"] = f"{year}-{int(month):02}-{1 + n % 28:02}" if month and year else ""
        row["CIN_Ethnicity"] = row["CIN_Ethnicity"] + "\0" * (n % 7 == 0)
        row["CIN_ReferralDate"] = row.pop("CIN_CINReferralDate")
    write(folder / f"CIN_{span(files)}.txt", main, delimiter="\t")
    write(folder / f"CIN_Disabilities_{span(files)}.txt", joined(files, "cin_disabilities"), delimiter="\t")
    (folder / "CLA_Episode_Data.txt").write_text(
        "CLA_ACADYR\tCLA_LA\tCLA_CHILD_LA_CODE_Anon\tCLA_DECOM\n2014\t301\tSYN1\t2013-05-01\n"
    )


def school_census(folder: Path, files: dict[Path, list[Row]]) -> None:
    """A file a year, with columns of the school census; the disabilities in one file; other returns beside."""
    for path, rows in files.items():
        if path.stem[:-5] == "cin":
            year = path.stem[-2:]
            wide = [
                row | {f"EVERFSM_6_SPR{year}": str(n % 2), f"URN_SPR{year}": str(100000 + n % 999)}
                for n, row in enumerate(rows)
            ]
            renamed = {"CIN_CIN_LA": "CIN_LA_LGR", "CIN_CINReferralDate": "CIN_ReferralDate"}
            write(
                folder / path.name.upper().replace(".CSV", ".csv"),
                [{renamed.get(k, k): v for k, v in row.items()} for row in wide],
            )
    write(folder / f"CIN_Disabilities_{span(files)}.csv", joined(files, "cin_disabilities"))
    (folder / "Spring_Census_2014.txt").write_text("PupilMatchingRefAnonymous_SPR14\tURN_SPR14\nSYN1\t100000\n")


def stata(folder: Path, files: dict[Path, list[Row]]) -> None:
    """What `export delimited` writes."""

    def text(name: str, value: str) -> str:
        if found := day(name, value):
            return f"{found:%d%b%Y}".lower()
        return value or "."

    for dataset, name in (("cin", "cin"), ("cin_disabilities", "cin_disabilities")):
        rows = [{key.lower(): value for key, value in row.items()} for row in each(joined(files, dataset), text)]
        write(folder / f"{name}_{span(files)}.csv", rows, restval=".")


def r_export(folder: Path, files: dict[Path, list[Row]]) -> None:
    """What `write.csv` writes: text in quotation marks, row names, NA."""
    for path, rows in files.items():
        lines = [",".join(f'"{name}"' for name in ("", *rows[0]))]
        for n, row in enumerate(rows, 1):
            lines.append(
                ",".join(
                    [f'"{n}"', *(f'"{value}"' if value and not value.isdigit() else value or "NA" for value in row.values())]
                )
            )
        (folder / path.name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def few_columns(folder: Path, files: dict[Path, list[Row]]) -> None:
    """All years, few columns, no disabilities."""
    write(folder / f"CIN_{span(files)}.csv", [{name: row[name] for name in FEW if name in row} for row in joined(files, "cin")])
