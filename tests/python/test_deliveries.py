"""The same rows give the same marts, in whatever form they are delivered."""

import csv
import gzip
import random
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import YEARS, Build


def census_files(folder: Path) -> list[Path]:
    """The delivered comma-separated files of an extract folder."""
    return sorted(folder.glob("cin*.csv"))


def as_tab_separated(folder):
    for path in census_files(folder):
        with open(path, newline="") as source, open(path.with_suffix(".txt"), "w", newline="") as target:
            csv.writer(target, delimiter="\t", lineterminator="\n").writerows(csv.reader(source))
        path.unlink()


def as_gzip(folder):
    for path in census_files(folder):
        Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def as_parquet(folder):
    for path in census_files(folder):
        with duckdb.connect() as connection:
            connection.execute(f"copy (from read_csv('{path}')) to '{path.with_suffix('.parquet')}' (format parquet)")
        path.unlink()


def as_compressed_parquet(folder):
    as_parquet(folder)
    for path in sorted(folder.glob("cin*.parquet")):
        Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def as_single_file(folder):
    for dataset in ("cin", "cin_disabilities"):
        paths = [folder / f"{dataset}_{year}.csv" for year in YEARS]
        names = "', '".join(map(str, paths))
        rows = f"from read_csv(['{names}'], all_varchar = true, union_by_name = true)"
        with duckdb.connect() as connection:
            connection.execute(f"copy ({rows}) to '{folder / dataset}.csv' (header)")
        for path in paths:
            path.unlink()


def as_awkward_text(folder):
    """Windows line ends, every value quoted, header names in capitals, blanks and NUL bytes within values, other row order."""
    for path in census_files(folder):
        with open(path, newline="") as source:
            header, *rows = csv.reader(source)
        random.Random(7).shuffle(rows)
        with open(path, "w", newline="") as target:
            writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow([name.upper() for name in header])
            writer.writerows([[f" \0{value}\t" if n % 3 == 0 else value for n, value in enumerate(row)] for row in rows])


FORMS = [as_tab_separated, as_gzip, as_parquet, as_compressed_parquet, as_single_file, as_awkward_text]


@pytest.mark.parametrize("form", FORMS, ids=[form.__name__ for form in FORMS])
def test_every_form_of_delivery_gives_the_same_marts(form, delivery, small_build, tmp_path):
    form(delivery)
    build = Build(delivery, tmp_path, threads=1 if form is as_gzip else 2)
    assert build.exit_code == 0, build.output
    assert build.content() == small_build.content()


def test_an_unreadable_line_in_a_single_file_is_counted(delivery, tmp_path):
    as_single_file(delivery)
    with open(delivery / "cin.csv", "a") as file:
        file.write("one,value\n")
    build = Build(delivery, tmp_path)
    assert build.exit_code == 0, build.output
    assert build.query("select census_year, reason from rejected_records where reason like 'unreadable%'") == [
        (None, "unreadable_line_missing_columns")
    ]


def test_windows_1252_is_read_as_such(delivery, tmp_path):
    path = delivery / "cin_2015.csv"
    header, first, *rest = path.read_text().splitlines()
    values = first.split(",")
    values[header.split(",").index("CIN_LAchildID_Anon")] = "Zoë–1"
    path.write_bytes("\n".join([header, ",".join(values), *rest]).encode("windows-1252") + b"\n")
    build = Build(delivery, tmp_path)
    assert build.exit_code == 0, build.output
    assert build.query("select count(*) from child_identifiers where la_child_id like '%-Zoë–1'") == [(1,)]


def test_years_can_be_switched_off(small_extract, tmp_path):
    build = Build(small_extract, tmp_path, census_years="2014,2016")
    assert build.exit_code == 0, build.output
    assert build.query("select distinct census_year from row_account order by 1") == [(2014,), (2016,)]
    assert build.query("select period from cohort_table_1 where census_year is null") == [("2014-2016",)]


def test_a_second_build_changes_nothing(small_extract, small_build, tmp_path):
    for part in ("", ".work"):
        shutil.copy(f"{small_build.database}{part}", f"{tmp_path / 'cin.duckdb'}{part}")
    again = Build(small_extract, tmp_path)
    assert again.exit_code == 0, again.output
    assert again.content() == small_build.content()
