"""The same lives in every form in which real deliveries come: no edit, no setting but the folder, and the tables are the
same (R26)."""

import csv
from pathlib import Path

import pytest
from conftest import YEARS, Build, make_extract
from synthetic.shapes import IDS, SHAPES

# A header is told as it was delivered; the codebook names headers.
NAMES_HEADERS = ("variable_availability", "codebook", "codebook_years")
OPTIONS = ("--share", "0.001", "--years", f"{YEARS[0]}-{YEARS[-1]}")


def hexadecimal_ids(folder: Path) -> None:
    """The default extract with its ids as hexadecimal digits: what `sql_server` delivers, in the default form."""
    for path in folder.glob("cin_*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row.update({name: row[name].strip().encode().hex() for name in IDS if name in row})
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "few_columns"])
def test_every_shape_gives_the_same_marts(shape, delivery, small_build, tmp_path):
    make_extract(tmp_path / "shaped", *OPTIONS, "--shape", shape)
    expected = small_build
    if shape == "sql_server":
        hexadecimal_ids(delivery)
        (tmp_path / "hexadecimal").mkdir()
        expected = Build(delivery, tmp_path / "hexadecimal")
    build = Build(tmp_path / "shaped", tmp_path)
    assert build.exit_code == 0, build.output
    found, wanted = (
        {name: content for name, content in one.content().items() if name not in NAMES_HEADERS} for one in (build, expected)
    )
    assert [name for name in wanted if found[name] != wanted[name]] == []


def test_few_columns_build_and_say_what_they_lack(small_build, tmp_path):
    make_extract(tmp_path / "shaped", *OPTIONS, "--shape", "few_columns")
    build = Build(tmp_path / "shaped", tmp_path)
    assert build.exit_code == 0, build.output
    for query in (
        "select la_child_id, referral_date, first_census_year, last_census_year, n_returns "
        "from episodes order by all",
        "select la_child_id, pupil_matching_ref, pmr_first_id from child_identifiers order by all",
        "select census_year, local_authority_code, n_rows_read, n_rejected from row_account order by all",
        "select local_authority_code, census_year, has_returned, n_records from local_authority_returns order by all",
    ):
        assert build.query(query) == small_build.query(query)
    lacking = "select distinct variable from variable_availability where is_documented and not is_delivered"
    assert {"birth_month", "sex_code", "is_no_further_action", "plan_start_date"} <= {name for (name,) in build.query(lacking)}
    not_applicable = (
        "select distinct not_applicable_reason from dq_rule_years where rule_id = 'dfe_4180' and census_year = 2015"
    )
    assert build.query(not_applicable) == [("not_collected",)]
