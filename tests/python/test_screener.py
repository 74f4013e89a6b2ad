"""Does each check of the screener notice what it is for, and nothing else? One broken pair of files for each of the 81."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from release.screener import (
    CHECKS,
    FAIL,
    PASS,
    REQUIRED_META,
    STAGES,
    WARNING,
    Lookups,
    Pair,
    is_api_suitable,
    is_passed,
    screen,
    standard,
)

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
SEEDED = Lookups.from_seeds()
LOOKUPS = Lookups(SEEDED.places, SEEDED.regions_of_authorities, SEEDED.dictionary | {"breakdown", "child_count_" + "x" * 40})
UNITS = ["time_period", "time_identifier", "geographic_level", "country_code", "country_name"]
ENGLAND = {"geographic_level": "National"}
LONDON = {"geographic_level": "Regional", "region_code": "E12000007", "region_name": "London"}
CAMDEN = {
    **LONDON,
    "geographic_level": "Local authority",
    "old_la_code": "202",
    "new_la_code": "E09000007",
    "la_name": "Camden",
}
ITEMS = [("Total", "Total"), ("Sex", "Female"), ("Sex", "Male"), ("Age", "Unknown")]


class Files:
    """A pair of files that keeps to the standard, for a test to change."""

    def __init__(self):
        place = dict.fromkeys(["region_code", "region_name", "old_la_code", "new_la_code", "la_name"], "")
        self.data_name, self.meta_name = "children_in_need.csv", "children_in_need.meta.csv"
        self.data = [
            {
                "time_period": year,
                "time_identifier": "Reporting year",
                "geographic_level": "",
                "country_code": "E92000001",
                "country_name": "England",
                **place,
                **level,
                "breakdown_topic": topic,
                "breakdown": item,
                "child_count": "120",
                "child_percent": "c",
            }
            for year in ("2024", "2025")
            for level in (ENGLAND, LONDON, CAMDEN)
            for topic, item in ITEMS
        ]
        self.meta = [
            self.row("breakdown", "Filter", "Breakdown", filter_hint="One at a time", filter_grouping_column="breakdown_topic"),
            self.row("child_count", "Indicator", "Children", indicator_grouping="Children", indicator_dp="0"),
            self.row("child_percent", "Indicator", "Children, percent", indicator_unit="%", indicator_dp="1"),
        ]

    @staticmethod
    def row(name: str, kind: str, label: str, **more: str) -> dict[str, str]:
        return {**dict.fromkeys(REQUIRED_META, ""), "col_name": name, "col_type": kind, "label": label, **more}

    def set(self, column: str, value: str, rows: slice | int = slice(None), **where: str) -> None:
        """Sets a column of the data, in the rows that match."""
        for row in [self.data[rows]] if isinstance(rows, int) else self.data[rows]:
            if all(row[name] == wanted for name, wanted in where.items()):
                row[column] = value

    def rename(self, old: str, new: str) -> None:
        """Renames a column in both files."""
        self.data = [{new if name == old else name: value for name, value in row.items()} for row in self.data]
        for row in self.meta:
            for name in ("col_name", "filter_grouping_column"):
                row[name] = new if row[name] == old else row[name]

    def add(self, column: str, values: list[str], **meta: str) -> None:
        """Adds a column with these values in turn; with `meta`, a row of metadata."""
        for number, row in enumerate(self.data):
            row[column] = values[number % len(values)]
        if meta:
            self.meta.append(self.row(column, meta.pop("kind"), meta.pop("label", f"Label of {column}"), **meta))

    def add_places(self, level: str, **columns: tuple[str, ...]) -> None:
        """Adds rows of another level, one for each of the values of its columns."""
        for name in columns:
            for row in self.data:
                row[name] = ""
        lies_in_region = level in standard.BELOW_REGION
        region = {name: LONDON[name] for name in ("region_code", "region_name")} if lies_in_region else {}
        for values in zip(*columns.values(), strict=True):
            for row in self.data[: len(ITEMS)]:
                self.data.append({**row, **region, "geographic_level": level, **dict(zip(columns, values, strict=True))})

    def drop(self, column: str) -> None:
        """Drops a column of the data."""
        for row in self.data:
            del row[column]

    def written(self, folder: Path) -> Pair:
        """The pair, written and read."""
        for name, rows in ((self.data_name, self.data), (self.meta_name, self.meta)):
            with open(folder / name, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        return Pair.read(folder / self.data_name, folder / self.meta_name, LOOKUPS)


Change = Callable[[Files], object]


def both_names(data: str, meta: str) -> Change:
    return lambda files: (setattr(files, "data_name", data), setattr(files, "meta_name", meta))


def meta(row: int, column: str, value: str) -> Change:
    return lambda files: files.meta[row].__setitem__(column, value)


def meta_column(column: str) -> Change:
    return lambda files: [row.__setitem__(column, "") for row in files.meta]


def without_meta_column(column: str) -> Change:
    return lambda files: [row.pop(column) for row in files.meta]


def do(*changes: Change) -> Change:
    return lambda files: [change(files) for change in changes]


def places(level: str, prefix: str) -> Change:
    """Rows of a level for which no list is given."""
    return lambda files: files.add_places(level, **{f"{prefix}_code": ("E07000001",), f"{prefix}_name": ("Somewhere",)})


def of_trusts(*trusts: tuple[str, str]) -> Change:
    return lambda files: files.add_places("MAT", trust_id=tuple(t[0] for t in trusts), trust_name=tuple(t[1] for t in trusts))


def characteristic(item: str, group: str = "Ethnicity Major") -> Change:
    """A filter of characteristics in groups, as files had them before breakdowns."""

    def change(files: Files) -> None:
        files.add("characteristic_group", ["Total", group])
        files.add("characteristic", ["Total", item], kind="Filter", filter_grouping_column="characteristic_group")

    return change


def more_rows_of_metadata(files: Files) -> None:
    for number in range(20):
        files.meta.append(files.row(f"child_{number}_count", "Indicator", f"Count {number}", indicator_dp="0"))


def many_items(files: Files) -> None:
    row = files.data[1]
    files.data += [{**row, "breakdown": f"Item {number}"} for number in range(standard.ITEM_LIMIT)]


def two_filters_of_one_group(files: Files) -> None:
    files.add("kind", ["Total", "Other"], kind="Filter", filter_grouping_column="breakdown_topic")


BROKEN: dict[str, tuple[str, Change]] = {
    # filename
    "check_filename_spaces": (FAIL, both_names("children in_need.csv", "children in_need.meta.csv")),
    "check_filename_special": (FAIL, both_names("Children&need.csv", "Children&need.meta.csv")),
    "check_filenames_match": (FAIL, both_names("children_in_need.csv", "children.meta.csv")),
    # columns
    "precheck_col_req_data": (FAIL, lambda files: files.drop("country_name")),
    "precheck_col_req_meta": (FAIL, without_meta_column("filter_hint")),
    "precheck_col_invalid_meta": (FAIL, meta_column("colour")),
    "precheck_col_to_rows": (FAIL, more_rows_of_metadata),
    "check_col_names_spaces": (FAIL, lambda files: files.rename("child_count", "child count")),
    "check_col_snake_case": (WARNING, lambda files: files.rename("breakdown_topic", "breakdown-topic")),
    "check_col_var_start": (WARNING, lambda files: files.rename("breakdown_topic", "1_topic")),
    "check_col_var_characteristic": (WARNING, lambda files: files.rename("breakdown_topic", "characteristic_group")),
    "check_col_ind_smushed": (FAIL, lambda files: files.rename("child_count", "female_count")),
    # cross-file
    "precheck_cross_meta_to_data": (FAIL, lambda files: files.drop("child_percent")),
    "precheck_cross_data_to_meta": (FAIL, lambda files: files.add("other_count", ["7"])),
    # meta
    "precheck_meta_col_name": (FAIL, lambda files: files.meta.append(files.row("", "Indicator", "Nothing", indicator_dp="0"))),
    "precheck_meta_col_type": (FAIL, meta(1, "col_type", "Number")),
    "precheck_meta_ob_unit": (
        FAIL,
        lambda files: files.meta.append(files.row("time_period", "Indicator", "Year", indicator_dp="0")),
    ),
    "check_meta_col_name_dupe": (FAIL, lambda files: files.meta.append({**files.meta[1], "label": "Children again"})),
    "check_meta_col_name_spaces": (FAIL, meta(1, "col_name", "child_count ")),
    "check_meta_dupe_label": (FAIL, meta(2, "label", "Children")),
    "check_meta_label": (FAIL, meta(2, "label", "")),
    "check_meta_fil_grp": (
        FAIL,
        do(lambda files: files.add("size", ["Total"]), meta(1, "filter_grouping_column", "size")),
    ),
    "check_meta_fil_grp_dupe": (FAIL, two_filters_of_one_group),
    "check_meta_fil_grp_is_fil": (
        FAIL,
        lambda files: files.meta.append(files.row("breakdown_topic", "Filter", "Topic")),
    ),
    "check_meta_fil_grp_match": (FAIL, lambda files: files.drop("breakdown_topic")),
    "check_meta_fil_grp_stripped": (FAIL, lambda files: files.set("breakdown_topic", "SEX", breakdown="Male")),
    "check_meta_filter_hint": (FAIL, meta(1, "filter_hint", "A hint")),
    "check_meta_geog_catch": (FAIL, lambda files: files.add("ward_kind", ["Total", "Other"], kind="Filter")),
    "check_meta_ind_dp_set": (WARNING, meta(2, "indicator_dp", "")),
    "check_meta_ind_dp_values": (FAIL, meta(2, "indicator_dp", "-1")),
    "check_meta_ind_unit": (FAIL, meta(0, "indicator_unit", "%")),
    "check_meta_ind_unit_validation": (FAIL, meta(2, "indicator_unit", "percent")),
    "check_meta_indicator_dp": (FAIL, meta(0, "indicator_dp", "0")),
    "check_meta_indicator_grouping": (FAIL, meta(0, "indicator_grouping", "Children")),
    # time
    "precheck_time_id_valid": (FAIL, lambda files: files.set("time_identifier", "School year")),
    "precheck_time_id_mix": (FAIL, lambda files: files.set("time_identifier", "Calendar year", time_period="2024")),
    "precheck_time_period_num": (FAIL, lambda files: files.set("time_period", "20x4", time_period="2024")),
    "check_time_period": (FAIL, lambda files: files.set("time_period", "202425", time_period="2024")),
    "check_time_period_six": (
        FAIL,
        lambda files: (files.set("time_identifier", "Financial year"), files.set("time_period", "202426", time_period="2024")),
    ),
    # filters
    "precheck_filter_not_singular": (FAIL, lambda files: files.add("kind_of_case", ["Total"], kind="Filter")),
    "check_filter_blanks": (FAIL, lambda files: files.set("breakdown", "", breakdown="Unknown")),
    "check_filter_defaults": (WARNING, lambda files: files.set("breakdown", "Everyone", breakdown="Total")),
    "check_filter_group_level": (
        FAIL,
        lambda files: [row.update(breakdown_topic=f"Topic {n}") for n, row in enumerate(files.data) if n % len(ITEMS)],
    ),
    "check_filter_item_limit": (FAIL, many_items),
    "check_filter_ob_total": (FAIL, lambda files: files.set("country_name", "Total", geographic_level="National")),
    "check_filter_whitespace": (FAIL, lambda files: files.set("breakdown", "Male ", breakdown="Male")),
    # geography
    "precheck_geog_level": (FAIL, lambda files: files.set("geographic_level", "Country", geographic_level="National")),
    "precheck_geog_level_present": (
        FAIL,
        lambda files: [files.drop(name) for name in ("old_la_code", "new_la_code", "la_name")],
    ),
    "check_geog_country_combos": (FAIL, lambda files: files.set("country_name", "Angleterre")),
    "check_geog_region_combos": (FAIL, lambda files: files.set("region_name", "Greater London", region_name="London")),
    "check_geog_la_combos": (FAIL, lambda files: files.set("la_name", "Barnet", la_name="Camden")),
    "check_geog_lad_combos": (FAIL, places("Local authority district", "lad")),
    "check_geog_lep_combos": (FAIL, places("Local enterprise partnership", "local_enterprise_partnership")),
    "check_geog_lsip_combos": (FAIL, places("Local skills improvement plan area", "lsip")),
    "check_geog_eda_combos": (FAIL, places("English devolved area", "english_devolved_area")),
    "check_geog_pcon_combos": (FAIL, places("Parliamentary constituency", "pcon")),
    "check_geog_ward_combos": (FAIL, places("Ward", "ward")),
    "check_geog_ignored_rows": (
        FAIL,
        lambda files: (
            files.add_places("School", school_urn=("1",), school_name=("A",), school_laestab=("2",)),
            files.add_places("Provider", provider_ukprn=("3",), provider_name=("B",)),
        ),
    ),
    "check_geog_la_col_present": (
        FAIL,
        lambda files: (
            files.set("la_name", "x"),
            setattr(files, "data", [row for row in files.data if row["geographic_level"] != "Local authority"]),
            files.set("la_name", ""),
            files.drop("new_la_code"),
        ),
    ),
    "check_geog_region_col_present": (
        FAIL,
        lambda files: (
            setattr(files, "data", [row for row in files.data if row["geographic_level"] == "National"]),
            files.drop("region_code"),
        ),
    ),
    "check_geog_level_completed": (
        FAIL,
        lambda files: [files.set(name, "", 8) for name in ("old_la_code", "new_la_code", "la_name")],
    ),
    "check_geog_overcompleted_cols": (
        FAIL,
        lambda files: [files.set(name, CAMDEN[name], 4) for name in ("old_la_code", "new_la_code", "la_name")],
    ),
    "check_geog_na": (FAIL, of_trusts(("x", "A trust"))),
    "check_geog_na_code": (FAIL, of_trusts(("1", "Not available"))),
    "check_geog_other_dupes": (FAIL, of_trusts(("1", "A trust"), ("2", "A trust"))),
    "check_geog_other_code_dupes": (FAIL, of_trusts(("1", "A trust"), ("1", "Another trust"))),
    "check_geog_region_for_la": (
        WARNING,
        lambda files: [files.set(name, "", geographic_level="Local authority") for name in ("region_code", "region_name")],
    ),
    "check_geog_region_for_lad": (
        WARNING,
        lambda files: (
            files.add_places("Local authority district", lad_code=("z",), lad_name=("Not applicable",)),
            [files.set(name, "", lad_code="z") for name in ("region_code", "region_name")],
        ),
    ),
    # general
    "check_general_dupes": (FAIL, lambda files: files.data.append({**files.data[0], "child_count": "130"})),
    "check_general_null": (FAIL, lambda files: files.set("breakdown", "NULL", breakdown="Unknown")),
    # indicators
    "check_ind_invalid_entry": (FAIL, lambda files: files.set("child_count", "", 3)),
    # harmonised
    "check_harmonised_variables": (FAIL, lambda files: files.add("ethnic_group", ["Total", "White"], kind="Filter")),
    "check_harmonised_eth_vals": (
        WARNING,
        lambda files: files.add("ethnicity_major", ["Total", "White", "Blue"], kind="Filter"),
    ),
    "check_harmonised_eth_char_grp": (FAIL, characteristic("White", "Ethnic groups")),
    "check_harmonised_eth_char_vals": (WARNING, characteristic("Blue")),
    # API
    "check_api_char_col_name": (WARNING, lambda files: files.rename("child_count", "child_count_" + "x" * 40)),
    "check_api_char_col_label": (WARNING, meta(1, "label", "Children " * 9 + "again")),
    "check_api_char_filter_items": (WARNING, lambda files: files.set("breakdown", "A" * 121, breakdown="Male")),
    "check_api_char_loc_code": (WARNING, of_trusts(("1" * 31, "A trust"))),
    "check_data_dict_col_name": (WARNING, lambda files: files.rename("child_count", "any_point_child_count")),
    "check_data_dict_fil_item": (WARNING, lambda files: files.add("sex", ["Total", "Unknown"], kind="Filter")),
}
# Some files warn of more by necessity: the standard says the same twice, or does not want the columns that a check is about.
ALSO: dict[str, set[str]] = {
    "check_harmonised_eth_vals": {"check_data_dict_fil_item"},
    "check_harmonised_eth_char_grp": {"check_col_var_characteristic"},
    "check_harmonised_eth_char_vals": {"check_col_var_characteristic", "check_data_dict_col_name"},
}


def findings(pair: Pair) -> dict[str, str]:
    """The checks that did not pass, with their outcome."""
    return {result.check.name: result.outcome for result in screen(pair) if result.outcome != PASS}


def test_there_are_81_checks_each_with_a_rule_and_a_broken_file():
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names)) == 81
    assert set(BROKEN) == set(names)
    assert all(check.rule and check.stage in STAGES for check in CHECKS)


def test_a_pair_that_keeps_to_the_standard_passes_every_check(tmp_path):
    results = screen(Files().written(tmp_path))
    assert {result.outcome for result in results} == {PASS}
    assert len(results) == 81
    assert is_passed(results)
    assert is_api_suitable(results)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pair_fails_its_check_and_no_other(name, tmp_path):
    outcome, change = BROKEN[name]
    files = Files()
    change(files)
    pair = files.written(tmp_path)
    found = findings(pair)
    assert found.pop(name, None) == outcome
    assert set(found) == ALSO.get(name, set())
    assert is_passed(screen(pair)) == (outcome == WARNING)


def test_stages_run_in_order_and_stop_where_one_fails(tmp_path):
    files = Files()
    files.set("time_identifier", "School year")
    stages = [result.check.stage for result in screen(files.written(tmp_path))]
    assert list(dict.fromkeys(stages)) == STAGES[: STAGES.index("time") + 1]


def test_old_symbols_only_warn(tmp_path):
    files = Files()
    files.set("child_count", "..", 3)
    assert findings(files.written(tmp_path)) == {"check_general_null": WARNING}


@pytest.mark.parametrize("symbol", sorted(standard.SYMBOLS))
def test_symbols_of_the_standard_pass(symbol, tmp_path):
    files = Files()
    files.set("child_count", symbol, 3)
    assert findings(files.written(tmp_path)) == {}


@pytest.mark.parametrize("text", ["~", ":", "1,200", "12%", "£5", "k1", " 5", "1e3"])
def test_other_entries_of_indicators_fail(text, tmp_path):
    files = Files()
    files.set("child_count", text, 3)
    assert findings(files.written(tmp_path)) == {"check_ind_invalid_entry": FAIL}


def test_an_authority_in_the_wrong_region_is_warned_of(tmp_path):
    files = Files()
    files.set("region_code", "E12000001", geographic_level="Local authority")
    files.set("region_name", "North East", geographic_level="Local authority")
    assert findings(files.written(tmp_path)) == {"check_geog_region_for_la": WARNING}


def test_a_place_that_is_not_known_may_be_called_so(tmp_path):
    files = Files()
    for name in ("region_code", "old_la_code", "new_la_code"):
        files.set(name, "x", geographic_level="Local authority")
    for name in ("region_name", "la_name"):
        files.set(name, "Not available", geographic_level="Local authority")
    assert findings(files.written(tmp_path)) == {}


def test_a_file_that_is_no_table_is_named_without_its_content(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00secret\n,,,,\n")
    (tmp_path / "a.meta.csv").write_text("col_name\nx\n")
    with pytest.raises(ValueError, match=r"^a\.csv cannot be read") as error:
        Pair.read(tmp_path / "a.csv", tmp_path / "a.meta.csv", LOOKUPS)
    assert "secret" not in str(error.value)


def test_the_command_lists_the_checks_and_screens_files(tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", "release.screener", *arguments], cwd=SCRIPTS, capture_output=True, text=True)

    assert run("--list").stdout.endswith("81 checks\n")
    files = Files()
    files.written(tmp_path)
    assert run(str(tmp_path / files.data_name)).returncode == 0
    files.set("child_count", "~", 3)
    files.written(tmp_path)
    failed = run(str(tmp_path / files.data_name))
    assert failed.returncode == 1
    assert "FAIL     check_ind_invalid_entry: '~' in 'child_count'" in failed.stdout
