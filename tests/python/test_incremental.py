"""A census year is read once: what is added to a built database gives the same tables as a build of everything (D48)."""

import shutil
from pathlib import Path

import duckdb
import pytest
from comparison import tables_that_differ
from conftest import BUILD, PROJECT, YEARS, Build
from delivery.landing import landing
from delivery.survey import survey
from extract_reader import way_of_reading
from quiet import hmac_pads

NEWEST = YEARS[-1]
MARK = "read before"


def files_of(folder: Path, year: int) -> list[Path]:
    """The files of a census year in an extract folder."""
    return sorted(folder.glob(f"cin*_{year}.csv"))


def without(folder: Path, year: int, store: Path) -> None:
    """Takes the files of a census year out of an extract folder, to a store."""
    store.mkdir()
    for path in files_of(folder, year):
        shutil.move(path, store / path.name)


def give_back(folder: Path, store: Path) -> None:
    """Puts the files of a store into an extract folder."""
    for path in store.iterdir():
        shutil.copy(path, folder / path.name)


def built(folder: Path, home: Path, *arguments: str) -> Build:
    """The extract, built into the database that is there."""
    build = Build(folder, home, *arguments)
    assert build.exit_code == 0, build.output
    return build


def read(folder: Path, home: Path, *options: str) -> Build:
    """The same, as far as the rows read."""
    tables = ("+int_cin__records", "+int_cin__disability_records", "int_cin__unreadable_lines", "rejected_records")
    return built(folder, home, *BUILD, "--indirect-selection", "empty", "--select", *tables, *options)


def mark(build: Build) -> None:
    """Writes on every row read, in columns that hardly any year has: what is read anew loses the mark."""
    with duckdb.connect(f"{build.database}.work") as connection:
        connection.execute(f"update intermediate.int_cin__rows_read set service_provider = '{MARK}'")
        connection.execute("update intermediate.int_cin__disability_records set rejection_reason = $1", [MARK])


def years_marked(build: Build) -> list[set[int]]:
    """The census years of which rows still bear the mark, in the main files and in the disabilities files."""
    conditions = {"int_cin__rows_read": "service_provider", "int_cin__disability_records": "rejection_reason"}
    query = f"select distinct census_year from cin_work.intermediate.{{}} where {{}} = '{MARK}'"
    return [{year for (year,) in build.query(query.format(table, column))} for table, column in conditions.items()]


def unreadable(build: Build) -> list[tuple]:
    """The lines that could not be read, as the tables promised to users tell them."""
    return build.query("select census_year, reason from rejected_records where reason like 'unreadable%' order by all")


def date_into_the_next_year(folder: Path) -> None:
    """Gives the first record of the oldest year a closure date that can be read only once the newest year is there (R4)."""
    path = folder / f"cin_{YEARS[0]}.csv"
    header, first, *rest = path.read_text().splitlines()
    values = first.split(",")
    values[header.split(",").index("CIN_CINClosureDate")] = f"{NEWEST - 1}-12-01"
    path.write_text("\n".join([header, ",".join(values), *rest]) + "\n")


def dates_out_of_bounds(build: Build) -> int:
    """How many closure dates of the oldest year cannot be used."""
    records = f"from cin_work.intermediate.int_cin__records where closure_date_is_invalid and census_year = {YEARS[0]}"
    return build.query(f"select count(*) {records}")[0][0]


def test_a_year_added_gives_what_a_build_of_all_gives(delivery, tmp_path):
    date_into_the_next_year(delivery)
    whole = built(delivery, tmp_path / "whole")
    without(delivery, NEWEST, tmp_path / "store")
    before = dates_out_of_bounds(built(delivery, tmp_path / "grown"))
    give_back(delivery, tmp_path / "store")
    grown = built(delivery, tmp_path / "grown")
    assert tables_that_differ(grown.database, whole.database) == []
    assert dates_out_of_bounds(grown) < before, "no date became usable, so the bounds were not put to the test"


def test_only_the_added_year_is_read(delivery, tmp_path):
    without(delivery, NEWEST, tmp_path / "store")
    mark(read(delivery, tmp_path / "grown"))
    give_back(delivery, tmp_path / "store")
    assert years_marked(read(delivery, tmp_path / "grown")) == [set(YEARS) - {NEWEST}] * 2


def test_a_year_taken_away_is_forgotten(delivery, tmp_path):
    shrunk = read(delivery, tmp_path / "shrunk")
    without(delivery, NEWEST, tmp_path / "store")
    shrunk, small = read(delivery, tmp_path / "shrunk"), read(delivery, tmp_path / "small")
    assert tables_that_differ(shrunk.database, small.database) == []


def test_a_file_delivered_again_replaces_its_rows_and_no_others(delivery, tmp_path):
    read(delivery, tmp_path / "again")
    path = delivery / f"cin_{YEARS[1]}.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-5]) + "\n")
    again, whole = read(delivery, tmp_path / "again"), read(delivery, tmp_path / "whole")
    assert tables_that_differ(again.database, whole.database) == []
    mark(again)
    with path.open("a") as file:
        file.write("one,value\n")
    assert years_marked(read(delivery, tmp_path / "again")) == [set(YEARS) - {YEARS[1]}, set(YEARS)]


def test_unreadable_lines_stay_with_their_file(delivery, tmp_path):
    sound = {year: (delivery / f"cin_{year}.csv").read_text() for year in YEARS}
    for year in YEARS[:2]:
        (delivery / f"cin_{year}.csv").write_text(sound[year] + "one,value\n")
    both = [(year, "unreadable_line_missing_columns") for year in YEARS[:2]]
    assert unreadable(read(delivery, tmp_path)) == both
    (delivery / f"cin_{NEWEST}.csv").write_text(sound[NEWEST] + sound[NEWEST].splitlines()[1] + "\n")
    assert unreadable(read(delivery, tmp_path)) == both
    (delivery / f"cin_{YEARS[0]}.csv").write_text(sound[YEARS[0]])
    assert unreadable(read(delivery, tmp_path)) == both[1:]


def test_everything_is_read_again_when_asked_for(delivery, tmp_path):
    mark(read(delivery, tmp_path))
    assert years_marked(read(delivery, tmp_path, "--full-refresh")) == [set()] * 2


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of what decides how rows are read, and of some that does not."""
    for folder in ("macros", "models", "seeds", "scripts"):
        shutil.copytree(PROJECT / folder, tmp_path / "project" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "project"


@pytest.mark.parametrize(
    "path", ["macros/parsing/parse_values.sql", "seeds/code_spellings.csv", "models/intermediate/records/int_cin__rows_read.sql"]
)
def test_another_way_of_reading_is_told(project, path):
    before = way_of_reading(project, None)
    (project / path).write_text((project / path).read_text() + "\n")
    assert way_of_reading(project, None) != before


def test_what_comes_after_reading_does_not_count(project):
    before = way_of_reading(project, None)
    (project / "models/marts/cohorts/episodes.sql").write_text("select 1")
    assert way_of_reading(project, None) == before


def test_the_key_of_the_pseudonyms_counts(project):
    ways = {way_of_reading(project, pads) for pads in (None, hmac_pads("k" * 32), hmac_pads("l" * 32))}
    assert len(ways) == 3


def fingerprints(folder: Path, way: str = "way") -> set[str]:
    """The fingerprints of the years that a folder lands."""
    return {one.fingerprint for one in landing(survey(folder, folder / "copies"), way) if one.fingerprint}


def test_a_fingerprint_is_of_the_content_of_how_it_is_spelt_and_of_the_way_of_reading(tmp_path):
    header, row = "CIN_ACADYR,CIN_LA,CIN_LAchildID_Anon,CIN_CINReferralDate", "2013/2014,301,{},{}"
    texts = {
        "one": ("cin_2014.csv", ["a", "2013-05-01"]), "same": ("cin_2014.csv", ["a", "2013-05-01"]),
        "other": ("cin_2014.csv", ["b", "2013-05-01"]), "day_first": ("cin_2014.csv", ["a", "13/05/2013"]),
        "month_first": ("cin_2014.csv", ["a", "05/13/2013"]),
    }  # fmt: skip
    for folder, (name, values) in texts.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(f"{header}\n{row.format(*values)}\n")
    found = {folder: fingerprints(tmp_path / folder) for folder in texts}
    assert found["one"] == found["same"]
    assert len(set.union(*found.values(), fingerprints(tmp_path / "one", "another way"))) == 5
