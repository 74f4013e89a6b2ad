"""Do the seeds that say what every variable means agree with the crosswalk, the code lists, the YAML and the tables built?

Looks at codes, kinds and names, and in the tables built (CIN_DATABASE, else data/cin.duckdb) at the values of columns with a
fixed set of them, and at which columns have nulls. `make test` builds synthetic data only.
"""

import os
import re
import sys
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml
from delivery.crosswalk import macro_value

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import write_column_docs as docs  # noqa: E402

DATABASE = ROOT / os.environ.get("CIN_DATABASE", "data/cin.duckdb")
VARIABLES = {row["variable"]: row for row in docs.seed_rows("variables")}
CROSSWALK = docs.crosswalk()
SOURCES = {"paper", "guide", "DfE", "UCL", "ours", "National Pupil Database data tables", "Lugg-Widger et al. 2018"}
OF_COUNTS = ("id_scheme", "geography_level", "measure")
RETURNED = {name: row for name, row in VARIABLES.items() if row["is_returned"] == "true"}
DERIVED = {name: row for name, row in VARIABLES.items() if row["is_returned"] == "false"}


def read_yaml(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def mart_columns() -> list[tuple[str, dict]]:
    """Every column of the child-level marts as its YAML has it, with the name of the mart."""
    marts = read_yaml(ROOT / "models/marts/cohorts/_cohorts.yml")["models"]
    return [(mart["name"], column) for mart in marts for column in mart["columns"]]


@cache
def derived_values() -> dict[str, list[str]]:
    """The values of each column of `derived_values`, in the order of the seed."""
    values = {}
    for row in docs.seed_rows("derived_values"):
        values.setdefault(row["variable"], []).append(row["value"])
    return values


def years_in_text(text: str, years: list[int]) -> set[int]:
    """The census years that a phrase such as `in 2009 and from 2013` means: read again, without the code that wrote it."""
    if text == "every year":
        return set(years)
    found = set()
    for part in text.split(" and "):
        words = part.removeprefix("in ").split()
        match words:
            case ["from", first]:
                found |= set(range(int(first), years[-1] + 1))
            case ["to", last]:
                found |= set(range(years[0], int(last) + 1))
            case ["before", after]:
                found |= set(range(years[0], int(after)))
            case [first, "to", last]:
                found |= set(range(int(first), int(last) + 1))
            case [year]:
                found.add(int(year))
    return found


@pytest.fixture(scope="module")
def database():
    assert DATABASE.exists(), f"{DATABASE} is missing: run `dbt build` first"
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        yield connection


def test_the_file_is_what_the_script_makes_of_the_seeds():
    assert docs.TARGET.read_text(encoding="utf-8") == docs.column_docs(), "run scripts/write_column_docs.py"


def test_every_item_and_every_column_of_a_child_level_mart_is_a_variable_and_nothing_else():
    assert set(VARIABLES) == set(CROSSWALK) | {column["name"] for _, column in mart_columns()}


def test_what_is_returned_is_what_the_crosswalk_has():
    assert set(RETURNED) == set(CROSSWALK)
    assert {name: row["data_type"] for name, row in RETURNED.items()} == {name: item.kind for name, item in CROSSWALK.items()}


def test_the_crosswalk_is_read_with_its_gaps_and_changes_of_name():
    later = [year for year in docs.known_years() if year >= 2025]
    headers = dict.fromkeys(range(2009, 2025), "CIN_Gender") | dict.fromkeys(later, "CIN_Sex")
    assert CROSSWALK["sex_code"].headers == headers
    assert sorted(CROSSWALK["plan_start_date"].headers) == [2009, *range(2013, 2025), *later]
    assert sorted(CROSSWALK["is_on_protection_plan"].headers) == [2010]


@pytest.mark.parametrize("name", RETURNED)
def test_the_text_names_each_header_with_its_years(name):
    years = docs.known_years()
    part = re.search(r"\*\*Item\.\*\* (.*)", docs.block(VARIABLES[name], CROSSWALK))[1]
    headers, _, rest = part.removesuffix(".").partition(". ")
    said = {}
    for header, text in re.findall(r"`(\w+)` ([^,(]+?)(?: \(disabilities file\))?(?:, |$)", headers):
        said |= dict.fromkeys(years_in_text(text, years), header)
    assert said == CROSSWALK[name].headers
    absent = re.search(r"Not in the extract ([^.]+)", rest)
    assert (years_in_text(absent[1], years) if absent else set()) == set(years) - set(said)


def test_code_lists_of_returned_codes_are_those_they_are_checked_against():
    checked_against = macro_value("census/code_columns.sql", "code_columns") | {"disability_code": "disability_code"}
    assert {name: row["code_list"] for name, row in RETURNED.items() if row["code_list"]} == checked_against
    assert {name for name, row in RETURNED.items() if row["data_type"] == "code"} == set(checked_against)
    assert set(checked_against.values()) == {row["code_list"] for row in docs.seed_rows("code_lists")}


def test_every_derived_code_has_values_and_every_set_of_values_a_use():
    assert {name: row["code_list"] for name, row in DERIVED.items() if row["data_type"] == "code"} == {
        name: name for name in derived_values() if name not in OF_COUNTS
    }
    assert set(OF_COUNTS) < set(derived_values())


def test_derived_values_are_those_of_macros_and_seeds():
    values = derived_values()
    measures = ["prevalence_measures", "incidence_measures"]
    assert values["id_scheme"] == list(macro_value("counting/id_schemes.sql", "id_schemes"))
    assert values["measure"] == [m for name in measures for m in macro_value("counting/id_schemes.sql", name)]
    assert set(values["sex"]) == {row["sex"] for row in docs.seed_rows("sexes")}
    assert set(values["ethnic_group"]) == {row["ethnic_group"] for row in docs.seed_rows("ethnic_groups")}
    assert set(values["geography_level"]) == {row["geography_level"] for row in docs.seed_rows("population_0_17")}
    assert values["overlap_kind"] == values["overlap_kind_of_child"]
    assert set(values["cut_reason"]) < set(values["conflict_kind"])


def test_derived_values_are_in_an_order_without_gaps():
    rows = docs.seed_rows("derived_values")
    for variable, values in derived_values().items():
        assert [int(row["sort_order"]) for row in rows if row["variable"] == variable] == list(range(1, len(values) + 1))


def test_sensitivity_agrees_with_the_columns_marked_as_personal():
    wrong = [
        f"{mart}.{column['name']}"
        for mart, column in mart_columns()
        if column.get("config", {}).get("meta", {}).get("is_personal", False)
        != (VARIABLES[column["name"]]["sensitivity"] != "not_personal")
    ]
    assert wrong == []


def test_every_column_of_a_child_level_mart_is_described_by_its_variable():
    described = [(mart, column["name"], column["description"]) for mart, column in mart_columns()]
    assert [(mart, name) for mart, name, text in described if text != f"{{{{ doc('{name}') }}}}"] == []


def test_a_description_with_more_to_say_says_it_before_the_block():
    """The block ends with its source: what follows would read as part of it."""
    after = re.compile(r"\{\{ doc\('(\w+)'\) \}\} \S")
    found = [(path.name, name) for path in ROOT.glob("models/**/*.yml") for name in after.findall(path.read_text("utf-8"))]
    assert [pair for pair in found if pair[1] in VARIABLES] == []


@pytest.mark.parametrize("row", VARIABLES.values(), ids=VARIABLES)
def test_texts_keep_to_their_form(row):
    assert re.fullmatch(r"[A-Z].{0,58}[^.]", row["label"])
    assert re.match(r"(DfE|[A-Z]).*?[.](?: |$)", row["definition"]) and row["definition"].endswith(".")
    assert set(row["source"].split("; ")) <= SOURCES
    assert not re.search(r"`|\{\{|\n|  ", "|".join(row.values()))
    assert re.fullmatch(r"(N\d{5}(; N\d{5})*)?", row["cbds_number"])
    assert row["is_returned"] == "true" or not row["cbds_number"]
    assert bool(row["unit"]) == (row["data_type"] in ("date", "integer", "month", "year", "decimal")), row["unit"]


@pytest.mark.parametrize("name", [name for name, row in VARIABLES.items() if row["missing_when"] == "Never"])
def test_what_is_never_missing_is_never_null(name, database):
    marts = [mart for mart, column in mart_columns() if column["name"] == name]
    assert marts
    nulls = {mart: database.execute(f"select count(*) - count({name}) from {mart}").fetchone()[0] for mart in marts}
    assert nulls == dict.fromkeys(marts, 0)


def test_every_value_in_the_tables_is_listed(database):
    labels = derived_values()
    for row in docs.seed_rows("code_lists"):
        labels.setdefault(row["code_list"], []).append(row["code"])
    coded = [(mart, c["name"]) for mart, c in mart_columns() if VARIABLES[c["name"]]["code_list"]]
    coded += [(mart, name) for mart in ("annual_prevalence", "annual_incidence") for name in OF_COUNTS]
    unlisted = {}
    for mart, name in coded:
        listed = labels[VARIABLES[name]["code_list"] if name in VARIABLES else name]
        seen = database.execute(f"select distinct {name} from {mart} where {name} is not null").fetchall()
        unlisted[mart, name] = [value for (value,) in seen if value not in listed]
        assert seen, f"{mart}.{name} holds nothing"
    assert {column: values for column, values in unlisted.items() if values} == {}
