"""Does the codebook say everything of every variable, in forms that agree, and nothing of a child?"""

import csv
import json
import re

import pytest
from disclosure.profiles import PROFILES
from write_codebook import read_codebook, spans, write


@pytest.fixture(scope="module")
def codebook(small_build):
    return read_codebook(small_build.database, small_build.database.parent / "target" / "manifest.json", PROFILES["ons_srs"])


@pytest.fixture(scope="module")
def folder(codebook, tmp_path_factory):
    folder = tmp_path_factory.mktemp("codebook")
    write(codebook, folder)
    return folder


def test_every_variable_is_told_in_full(codebook):
    told = {variable["variable"]: variable for variable in codebook["variables"]}
    for name, variable in told.items():
        needed = ["label", "definition", "source", "sensitivity"] + ([] if variable["is_returned"] else ["derivation"])
        assert [key for key in needed if not variable[key]] == [], name
    assert told["sex_code"]["headers"] == "CIN_Gender, CIN_Sex"
    assert {value["value"]: value["last_census_year"] for value in told["sex_code"]["values"]}["9"] == 2024
    years = [year["census_year"] for year in told["referral_source_code"]["years"] if year["is_available"]]
    assert (min(years), len(years)) == (2014, max(years) - 2013)
    assert "episodes" in told["closure_basis"]["tables"]


def test_every_column_of_a_table_of_children_is_a_variable(codebook):
    told = {variable["variable"] for variable in codebook["variables"]}
    cohorts = ("children", "child_identifiers", "child_disabilities", "episodes", "spells", "child_protection_plans")
    columns = {table["table"]: {column["column"] for column in table["columns"]} for table in codebook["tables"]}
    assert {name: columns[name] - told for name in cohorts} == dict.fromkeys(cohorts, set())


def test_every_form_holds_every_variable(codebook, folder):
    names = [variable["variable"] for variable in codebook["variables"]]
    assert json.loads((folder / "codebook.json").read_text(encoding="utf-8")) == codebook
    with (folder / "codebook.csv").open(newline="", encoding="utf-8") as file:
        assert [row["variable"] for row in csv.DictReader(file)] == names
    page = (folder / "codebook.html").read_text(encoding="utf-8")
    assert set(re.findall(r'<article id="(?!table-)([^"]+)">', page)) == set(names)


def test_links_of_the_page_lead_somewhere_in_it_and_nothing_is_loaded(folder):
    page = (folder / "codebook.html").read_text(encoding="utf-8")
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    assert re.findall(r'(?:src|href)="(?!#|data:,")[^"]*"', page) == []
    assert "<script" not in page


def test_no_count_of_the_extract_leaves_and_small_shares_are_withheld(codebook, folder, small_build):
    counted = small_build.query("from codebook_years where n_expected is not null")
    assert any(0 < row[5] < 10 for row in counted), "no small count to withhold: the test has lost its point"
    small = {(row[0], row[1]) for row in counted if row[5] < 10}
    for variable in codebook["variables"]:
        for year in variable["years"]:
            assert not any(key.startswith("n_") for key in year)
            if (variable["variable"], year["census_year"]) in small:
                assert year["percent_missing"] == "c"
    for name in ("codebook.csv", "codebook_years.csv"):
        assert not re.search(r"\bn_", (folder / name).read_text(encoding="utf-8").split("\n")[0])


def test_it_is_the_same_twice(codebook, folder, tmp_path):
    write(codebook, tmp_path)
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in tmp_path.iterdir())


def test_years_in_words():
    assert spans([2009, 2013, 2014, 2015]) == "2009, 2013 to 2015"
    assert spans([]) == ""
