"""The floor of the benchmark: DuckDB reads the main census files, with explicit types, into one table of a database file.

    python benchmarks/floor.py --extract data/synthetic --database data/floor.duckdb

No cleaning: rows with a value that is not of its column's type are left out, codes are text as given. Less than this nobody can
do who wants the data in a database.
"""

import argparse
import re
from pathlib import Path

import duckdb

NUMBERS = {"CIN_MonthOfBirth": "smallint", "CIN_YearOfBirth": "smallint", "CIN_NumberOfPreviousCPP": "smallint"}
FLAGS = {
    "CIN_UNBORN", "CIN_Disability", "CIN_ReferralNFA", "CIN_CPPindicator", "CIN_CINAt31March", "CIN_AsylumSeeking",
    "CIN_LookedAfterChildAdopted",
}  # fmt: skip


def column_type(header: str) -> str:
    """The type of a column of the main files."""
    if re.search("date", header, re.IGNORECASE):
        return "date"
    if header == "CIN_IDACI_Score":
        return "double"
    return "boolean" if header in FLAGS else NUMBERS.get(header, "varchar")


def main() -> None:
    """Writes the database."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extract", type=Path, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--memory-limit", default="8GB")
    options = parser.parse_args()
    files = {path: path.open(encoding="utf-8").readline().strip().split(",") for path in options.extract.glob("cin_[0-9]*.csv")}
    columns = {header: column_type(header) for headers in files.values() for header in headers}
    settings = {"threads": 2, "preserve_insertion_order": False, "memory_limit": options.memory_limit}
    with duckdb.connect(str(options.database), config=settings) as connection:
        listed = ", ".join(f'"{header}" {kind}' for header, kind in columns.items())
        connection.execute(f"create table census ({listed})")
        for path, headers in sorted(files.items()):
            types = ", ".join(f"'{header}': '{columns[header]}'" for header in headers)
            options_of_csv = "auto_detect = false, header = true, delim = ',', quote = '\"', ignore_errors = true"
            read = f"from read_csv('{path}', {options_of_csv}, columns = {{{types}}})"
            connection.execute(f"insert into census by name {read}")


if __name__ == "__main__":
    main()
