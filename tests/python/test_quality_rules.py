"""Do the quality rules find exactly what was planted, and nothing in an extract without faults?

Also the guards: catalogue, logic, thresholds, tests and plants speak of the same rules. Messages name rules and
counts, never a case.
"""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from conftest import PROJECT, Build
from plant_faults import compare, unfit
from synthetic.plants import NOT_PLANTABLE, PLANTS

MANIFEST = PROJECT / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"
KEYS = {"census_year", "local_authority_code", "la_child_id", "la_child_key", "referral_date", "plan_start_date"}
N_DFE_RULES = 109
RESULTS = "select rule_id, census_year, local_authority_code, la_child_id, referral_date, plan_start_date from dq_results"


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def script(name: str, *arguments: object) -> None:
    """Runs one of the project's scripts."""
    command = [sys.executable, str(PROJECT / "scripts" / name), *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, cwd=PROJECT)


@pytest.fixture(scope="module")
def catalogue() -> list[dict[str, str]]:
    return seed("dq_rule_catalogue")


@pytest.fixture(scope="module")
def clean_extract(tmp_path_factory) -> Path:
    """A hundredth of England, every census year, recorded without a fault."""
    folder = tmp_path_factory.mktemp("clean") / "extract"
    script("make_synthetic_extract.py", "--out", folder, "--noise", 0)
    return folder


@pytest.fixture(scope="module")
def clean_build(clean_extract, tmp_path_factory) -> Build:
    build = Build(clean_extract, tmp_path_factory.mktemp("clean_build"))
    assert build.exit_code == 0, build.output
    return build


@pytest.fixture(scope="module")
def planted(clean_extract, tmp_path_factory) -> dict[str, tuple[int, int, int]]:
    """For every rule: planted, found, false alarms."""
    folder = tmp_path_factory.mktemp("planted") / "extract"
    script("plant_faults.py", "--extract", clean_extract, "--out", folder)
    build = Build(folder, tmp_path_factory.mktemp("planted_build"))
    assert build.exit_code == 0, build.output
    return compare(folder, build.query(RESULTS))


def test_nothing_is_found_where_nothing_is_wrong(clean_build):
    found = clean_build.query("select rule_id, count(*) from dq_results group by rule_id")
    counted = clean_build.query(
        "select rule_id, sum(n_broken) from dq_summary inner join dq_rules using (rule_id) "
        "where is_fault group by rule_id having sum(n_broken) > 0"
    )
    assert found == []
    assert counted == []


def test_every_rule_was_judged_and_nearly_all_on_something(clean_build):
    errors = clean_build.query("select distinct rule_id from dq_summary where status = 'error'")
    idle = clean_build.query("select rule_id from dq_summary group by rule_id having sum(n_checked) = 0")
    assert errors == []
    assert {rule_id for (rule_id,) in idle} == {"dfe_2887q", "dfe_2888q"}


def test_every_planted_fault_is_found(planted):
    assert {rule_id: counts for rule_id, counts in planted.items() if counts[0] != counts[1]} == {}


def test_nothing_else_is_found(planted):
    assert {rule_id: counts for rule_id, counts in planted.items() if counts[2] > 0} == {}


def test_the_report_notices_a_missed_fault_and_a_false_alarm(tmp_path):
    (tmp_path / "truth").mkdir()
    header = "rule_id,census_year,local_authority_code,la_child_id,referral_date,plan_start_date,touched,also_breaks\n"
    fault = "dfe_8535q,2014,301,301-A,2013-05-01,,301-A,dfe_8555q\n"
    (tmp_path / "truth" / "planted_faults.csv").write_text(header + fault)
    listed = (2014, "301", "301-A", "2013-05-01", None)

    def counts(*results):
        return {rule_id: table for rule_id, table in compare(tmp_path, list(results)).items() if any(table)}

    assert counts(("dfe_8535q", *listed), ("dfe_8555q", *listed)) == {"dfe_8535q": (1, 1, 0)}
    assert counts() == {"dfe_8535q": (1, 0, 0)}
    assert counts(("dfe_8535q", 2015, *listed[1:])) == {"dfe_8535q": (1, 0, 1)}
    assert counts(("dfe_8535q", *listed), ("dfe_8630", *listed)) == {"dfe_8535q": (1, 1, 0), "dfe_8630": (0, 0, 1)}
    stranger = ("dfe_8555q", 2014, "301", "301-B", "2013-05-01", None)
    assert counts(("dfe_8535q", *listed), stranger) == {"dfe_8535q": (1, 1, 0), "dfe_8555q": (0, 0, 1)}


@pytest.mark.parametrize(
    "changes",
    [{"noise": "1"}, {"format": "parquet"}, {"single_file": "true"}, {"years": "2014 2015 2016"}],
    ids=lambda changes: next(iter(changes)),
)
def test_faults_are_planted_only_in_a_clean_extract(tmp_path, changes):
    years = " ".join(str(year) for year in range(2009, 2026))
    about = {"noise": "0", "format": "csv", "single_file": "false", "years": years}

    def say(values):
        text = "".join(f"{key},{value}\n" for key, value in values.items())
        (tmp_path / "about_this_extract.csv").write_text("key,value\n" + text)

    assert unfit(tmp_path / "nowhere", tmp_path / "out")
    say(about)
    assert unfit(tmp_path, tmp_path / "out") is None
    assert unfit(tmp_path, tmp_path)
    say(about | changes)
    assert unfit(tmp_path, tmp_path / "out")


def test_every_fault_rule_is_planted_or_says_why_not(planted, catalogue):
    faults = {rule["rule_id"] for rule in catalogue if rule["is_fault"] == "true"}
    assert {plan.rule_id for plan in PLANTS} | set(NOT_PLANTABLE) == faults
    assert {rule_id for rule_id, counts in planted.items() if counts[0] > 0} == faults - set(NOT_PLANTABLE)


def test_every_rule_of_the_catalogue_is_evaluated_and_no_other(clean_build, catalogue):
    wanted = Counter((rule["rule_id"], rule["entity"]) for rule in catalogue)
    evaluated = clean_build.query("select distinct rule_id, entity from cin_work.intermediate.int_dq__rule_counts")
    assert Counter(evaluated) == wanted


def test_every_rule_of_the_catalogue_is_tested_and_no_other(catalogue):
    tests = [
        node["test_metadata"]["kwargs"]["rule_id"]
        for node in json.loads(MANIFEST.read_text())["nodes"].values()
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") == "rule_holds"
    ]
    assert Counter(tests) == Counter(rule["rule_id"] for rule in catalogue)


def test_every_rule_has_one_general_threshold(catalogue):
    general = [row["rule_id"] for row in seed("dq_thresholds") if not row["census_year"] and not row["local_authority_code"]]
    assert Counter(general) == Counter(rule["rule_id"] for rule in catalogue)
    assert all(row["note"] and row["set_on"] for row in seed("dq_thresholds") + seed("dq_field_thresholds"))


def test_what_only_describes_is_not_listed(catalogue):
    macro = (PROJECT / "macros" / "quality" / "quality_entities.sql").read_text()
    describing = [rule["rule_id"] for rule in catalogue if rule["is_fault"] == "false"]
    not_listed = macro.split("descriptive_rules = {")[1].split("%}")[0]
    assert [rule_id for rule_id in describing if f"'{rule_id}'" not in not_listed] == []
    assert not_listed.count("'") == 2 * (len(describing) + len({r["entity"] for r in catalogue if r["is_fault"] == "false"}))


def test_every_rule_of_dfe_is_judged_or_says_why_not(catalogue):
    judged = {rule["rule_id"][4:].upper() for rule in catalogue if rule["rule_id"].startswith("dfe_")}
    left_out = {rule["dfe_code"] for rule in seed("dfe_rules_left_out")}
    assert not judged & left_out
    assert len(judged | left_out) == N_DFE_RULES


def test_every_rule_is_described_by_its_sentence(catalogue):
    nodes = json.loads(MANIFEST.read_text())["nodes"].values()
    described = {
        name: column["description"]
        for node in nodes
        if node["name"].startswith("int_dq__")
        for name, column in node["columns"].items()
        if name not in KEYS
    }
    assert [rule["rule_id"] for rule in catalogue if described.get(rule["rule_id"]) != rule["sentence"]] == []


def test_a_rule_spoils_only_tables_that_exist(catalogue):
    models = {node["name"] for node in json.loads(MANIFEST.read_text())["nodes"].values() if node["resource_type"] == "model"}
    assert {mart for rule in catalogue for mart in rule["marts"].split(";")} <= models
