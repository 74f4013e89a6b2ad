"""Does a broken rule of severity error stop the build before any table of results, and is a rule that cannot run an error?

Also: can thresholds be judged anew without reading the data?
"""

import csv
import json
import os
from pathlib import Path

import pytest
from conftest import Build

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"
BUILD_WITH_RULES = ("build", "--exclude-resource-type", "unit_test")
RESULTS = ("children", "episodes", "spells", "child_protection_plans", "child_years", "annual_prevalence", "annual_incidence")


def without_child_ids(folder: Path, share: float) -> None:
    """Takes the local child id from a share of the rows of 2015."""
    path = folder / "cin_2015.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[: int(share * len(rows))]:
        row["CIN_LAchildID_Anon"] = ""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tables(build: Build) -> set[str]:
    """Names of the tables in the database of results."""
    return {name for (name,) in build.query("select table_name from duckdb_tables() where schema_name = 'main'")}


def test_a_sound_extract_builds_with_every_rule(small_extract, tmp_path):
    build = Build(small_extract, tmp_path, *BUILD_WITH_RULES)
    assert build.exit_code == 0, build.output
    assert set(RESULTS) <= tables(build)


def test_a_broken_rule_of_severity_error_stops_the_build(delivery, tmp_path):
    without_child_ids(delivery, share=0.1)
    build = Build(delivery, tmp_path, *BUILD_WITH_RULES)
    assert build.exit_code == 1
    assert "rule_holds_dq_rule_years_dfe_8500" in build.output
    assert not set(RESULTS) & tables(build)
    assert build.query("select status from dq_rule_years where rule_id = 'dfe_8500' and census_year = 2015") == [("fail",)]


def test_within_the_threshold_it_does_not(delivery, tmp_path):
    without_child_ids(delivery, share=0.004)
    build = Build(delivery, tmp_path, *BUILD_WITH_RULES)
    assert build.exit_code == 0, build.output
    assert build.query("select status from dq_rule_years where rule_id = 'dfe_8500' and census_year = 2015") == [
        ("pass_with_breaks",)
    ]


@pytest.mark.parametrize("rule_id", ["no_such_rule", "dfe_8500"])
def test_a_rule_that_was_not_judged_fails_its_test(rule_id, small_build):
    """The SQL of the test `rule_holds`, run for a rule that is not in the table, and for one that is."""
    manifest = json.loads(MANIFEST.read_text())
    test = next(n for n in manifest["nodes"].values() if n["name"] == "rule_holds_dq_rule_years_dfe_8500")
    sql = (ROOT / test["compiled_path"]).read_text() if test.get("compiled_path") else test["compiled_code"]
    table = small_build.query("select database_name from duckdb_databases() where database_name = 'cin'")[0][0]
    ((level,),) = small_build.query(sql.replace("'dfe_8500'", f"'{rule_id}'").replace('"test"."main"', f'"{table}"."main"'))
    assert level == (2 if rule_id == "no_such_rule" else 0)


def test_thresholds_are_judged_anew_without_the_data():
    """The selector holds no model that reads the extract or the records."""
    manifest = json.loads(MANIFEST.read_text())
    judged = {"dq_summary", "dq_rule_years", "dq_field_checks", "dq_year_on_year", "dq_mart_grades"}
    read = {
        parent.split(".")[-1]
        for node in manifest["nodes"].values()
        if node["name"] in judged and node["resource_type"] == "model"
        for parent in node["depends_on"]["nodes"]
    }
    records = {"int_cin__rows_read", "int_cin__records", "int_dq__child_records", "int_dq__referral_records"}
    assert read and not read & (records | {"int_dq__episode_returns"})


def test_every_table_of_results_waits_for_the_rules():
    manifest = json.loads(MANIFEST.read_text())
    waiting = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and "model.children_in_need.dq_rule_years" in node["depends_on"]["nodes"]
    }
    folders = [ROOT / "models" / "marts" / folder for folder in ("cohorts", "rates")]
    results = {path.stem for folder in folders for path in folder.glob("*.sql")}
    assert results <= waiting
