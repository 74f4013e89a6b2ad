"""Bad deliveries stop the build at once, with one sentence, and leave an earlier database as it was."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Build, copied


def lines_of(path):
    """The lines of a delivered file, header first."""
    return path.read_text().splitlines()


def write(path, lines):
    """Writes lines back as a delivered file."""
    path.write_text("\n".join(lines) + "\n")


def remove_folder(folder):
    shutil.rmtree(folder)


def remove_year(folder):
    (folder / "cin_2015.csv").unlink()


def remove_disabilities(folder):
    (folder / "cin_disabilities_2016.csv").unlink()


def empty_file(folder):
    (folder / "cin_2015.csv").write_text("")


def header_only(folder):
    write(folder / "cin_2015.csv", lines_of(folder / "cin_2015.csv")[:1])


def truncated_gzip(folder):
    plain = folder / "cin_2015.csv"
    packed = gzip.compress(plain.read_bytes())
    (folder / "cin_2015.csv.gz").write_bytes(packed[: len(packed) // 2])
    plain.unlink()


def wrong_delimiter(folder):
    path = folder / "cin_2015.csv"
    path.write_text(path.read_text().replace(",", "#"))


def column_too_few(folder):
    path = folder / "cin_2015.csv"
    header = lines_of(path)[0].split(",")
    place = header.index("CIN_LAchildID_Anon")
    write(path, [",".join(value for n, value in enumerate(line.split(",")) if n != place) for line in lines_of(path)])


def column_renamed(folder):
    path = folder / "cin_2015.csv"
    path.write_text(path.read_text().replace("CIN_CINReferralDate", "Referral", 1))


def header_lost(folder):
    path = folder / "cin_2015.csv"
    write(path, lines_of(path)[1:])


def another_year(folder):
    shutil.copy(folder / "cin_2014.csv", folder / "cin_2015.csv")


def two_files_of_a_year(folder):
    shutil.copy(folder / "cin_2015.csv", folder / "cin_2015.txt")


def unknown_format(folder):
    shutil.copy(folder / "cin_2015.csv", folder / "cin_2015.xlsx")


def not_parquet(folder):
    shutil.move(folder / "cin_2015.csv", folder / "cin_2015.parquet")


def cut_short(folder):
    path = folder / "cin_2015.csv"
    path.write_text("\n".join([*lines_of(path)[:20], lines_of(path)[20][:30]]))


def fraction_as_percentage(folder):
    (folder / "about_this_extract.csv").write_text("key,value\nsampling_fraction,10%\n")


def fraction_above_one(folder):
    (folder / "about_this_extract.csv").write_text("key,value\nsampling_fraction,10\n")


def fraction_under_another_name(folder):
    (folder / "about_this_extract.csv").write_text("key,value\nsample_fraction,0.1\n")


def unknown_year(folder):
    shutil.copy(folder / "cin_2015.csv", folder / "cin_2031.csv")


BAD = [
    (remove_folder, "holds no census files"),
    (remove_year, "cin_2015 is missing"),
    (remove_disabilities, "cin_disabilities_2016 is missing"),
    (empty_file, "cin_2015.csv is empty"),
    (header_only, "cin_2015.csv holds a header and no rows"),
    (truncated_gzip, "cin_2015.csv.gz is damaged or cut short"),
    (wrong_delimiter, "cin_2015.csv should be separated by commas"),
    (column_too_few, "cin_2015.csv lacks a column that is needed: local_child_id (CIN_LAchildID_Anon or"),
    (column_renamed, "cin_2015.csv lacks a column that is needed: referral_date (CIN_CINReferralDate or"),
    (header_lost, "cin_2015.csv lacks CIN_ACADYR"),
    (another_year, "cin_2015.csv has 2013/2014 in CIN_ACADYR, not 2014/2015"),
    (two_files_of_a_year, "stands beside another file of the same year"),
    (unknown_format, "cin_2015.xlsx"),
    (not_parquet, "cin_2015.parquet cannot be read"),
    (cut_short, "cin_2015.csv ends in the middle of a line"),
    (fraction_as_percentage, "about_this_extract.csv should say once how large a sample of England this is"),
    (fraction_above_one, "about_this_extract.csv should say once how large a sample of England this is"),
    (fraction_under_another_name, "about_this_extract.csv should say once how large a sample of England this is"),
    (unknown_year, "cin_2031.csv is of a census year the project does not know"),
]


@pytest.mark.parametrize("spoil, sentence", BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_bad_delivery_stops_the_build(spoil, sentence, delivery, small_build, tmp_path):
    values = {line.split(",")[2] for line in lines_of(delivery / "cin_2015.csv")[1:]}
    home = tmp_path / "home"
    copied(small_build, home)
    before = hashlib.sha256((home / "cin.duckdb").read_bytes()).hexdigest()

    spoil(delivery)
    build = Build(delivery, home)

    assert build.exit_code != 0
    message = re.sub(r"\s+", " ", build.output)
    assert "Census extract: " in message and sentence in message
    assert hashlib.sha256((home / "cin.duckdb").read_bytes()).hexdigest() == before
    log = (home / "logs" / "dbt.log").read_text()
    assert not [value for value in values if value and (value in build.output or value in log)]


@pytest.mark.parametrize("setting", ["2016-2014x", "1999", "2014-2015-2016", "2016-2014"])
def test_a_setting_that_cannot_be_read_says_how_to_write_it(setting, small_extract, tmp_path):
    build = Build(small_extract, tmp_path, census_years=setting)
    assert build.exit_code != 0
    assert "Write it as 2009-2016 or 2014,2016-2018" in re.sub(r"\s+", " ", build.output)


@pytest.mark.parametrize(
    "setting, value, sentence",
    [("CIN_MEMORY_LIMIT", "lots", "Write it as 2GB"), ("CIN_DATABASE", "nowhere/cin.duckdb", "nowhere does not exist")],
)
def test_a_place_that_cannot_serve_says_what_to_do(setting, value, sentence, small_extract, tmp_path):
    outcome = run_apart(small_extract, tmp_path, **{setting: value})
    assert outcome.returncode != 0 and sentence in outcome.stdout and "Traceback" not in outcome.stdout + outcome.stderr


def test_a_database_that_is_open_elsewhere_says_what_to_do(small_extract, small_build, tmp_path):
    with duckdb.connect(str(copied(small_build, tmp_path).database), read_only=True):
        outcome = run_apart(small_extract, tmp_path)
    assert outcome.returncode != 0 and "is open in another program" in re.sub(r"\s+", " ", outcome.stdout)


def run_apart(folder, home, **settings):
    """Runs dbt in a process of its own."""
    command = [Path(sys.executable).with_name("dbt"), "run", "--select", "stg_cin__2015"]
    folders = ["--target-path", home / "target", "--log-path", home / "logs"]
    settings = {"CIN_EXTRACT_DIR": str(folder), "CIN_DATABASE": str(home / "cin.duckdb")} | settings
    return subprocess.run([*command, *folders], cwd=PROJECT, env=os.environ | settings, capture_output=True, text=True)


def test_a_year_asked_for_and_not_delivered_stops_the_build(small_extract, tmp_path):
    build = Build(small_extract, tmp_path, census_years="2014-2017")
    assert build.exit_code != 0
    assert "cin_2017 is missing" in re.sub(r"\s+", " ", build.output)


def test_unreadable_lines_are_counted_and_never_shown(delivery, tmp_path):
    path = delivery / "cin_2015.csv"
    lines = lines_of(path)
    lines[3] += ",one,two,three"
    lines[5] = lines[5].rsplit(",", 3)[0]
    write(path, lines)
    build = Build(delivery, tmp_path)
    assert build.exit_code == 0, build.output
    rejected = build.query(
        "select line_number, reason from rejected_records where reason like 'unreadable%' order by line_number"
    )
    assert rejected == [(4, "unreadable_line_too_many_columns"), (6, "unreadable_line_missing_columns")]
    rows, kept = build.query(
        "select sum(n_rows_read), sum(n_exact_duplicates + n_rejected + n_reconciled) from row_account where census_year = 2015"
    )[0]
    assert rows == kept == len(lines) - 1
