"""Does the release tell what it may, and nothing else? Reads the written files as an outsider would."""

import csv
import hashlib
import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import outsider
import pytest
import write_release
from canary import read, write
from conftest import PROJECT, YEARS, Build, make_extract
from disclosure.cells import Relation, Treatment
from disclosure.profiles import PROFILES
from disclosure.suppression import protect_primary
from export_marts import public_tables
from release import files, pack
from release.control import Controlled
from release.relations import relations_of
from release.screener import PASS, WARNING
from release.source import Source, read_source
from test_descriptions import is_personal

SYMBOLS = {"z", "x", "c", "low"}
BASES = {"dfe": {"National": 10, "Regional": 10, "Local authority": 1}, "ons_srs": dict.fromkeys(files.LEVELS, 10)}


FEW_REGIONS, FEW = ("E12000001", "E12000007", "E12000009"), 8  # regions, and authorities of each


class Release:
    """A release that was written, and what it was made from."""

    def __init__(self, database, out, profile):
        self.database, self.out, self.profile = database.with_name("cin_release.duckdb"), out, profile
        mask = os.umask(0)
        try:
            self.controlled, self.screened = write_release.release(database, out, PROFILES[profile])
        finally:
            os.umask(mask)
        self.source = read_source(database)
        self.released = self.database.read_bytes()

    def rows(self, file: str) -> list[dict[str, str]]:
        with open(self.out / "tables" / f"{file}.csv", encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def shown_counts(self):
        """Every count in every file: level, text, and the exact count behind it, found through names alone."""
        columns = {(c["file"], c["column_name"]): c["measure"] for c in self.source.columns if c["kind"] == "count"}
        labels = {m["label"]: m["measure"] for m in self.source.measures}
        for file in self.source.files:
            for row in self.rows(file["file"]):
                level = row["geographic_level"]
                code = {"National": row["country_code"], "Regional": row["region_code"]}.get(level, row["old_la_code"])
                topic, item = row.get("breakdown_topic", "Total"), row.get("breakdown", "Total")
                if row.get("id_scheme", files.CHILD_ID) != files.CHILD_ID:
                    topic, item = "Id scheme", row["id_scheme"]
                for (name, column), measure in columns.items():
                    if name == file["file"]:
                        key = (int(row["time_period"]), level, code, measure or labels[row["measure"]], topic, item)
                        yield key, row[column]


@pytest.fixture(scope="module")
def few_build(tmp_path_factory) -> Build:
    """An extract of three years and a few authorities, built, and only these places to be released: disclosure control of all
    places would take minutes. The counts of the places left out are zero, so that all relations hold without them.
    """
    home = tmp_path_factory.mktemp("few")
    known = [row for row in read(PROJECT / "seeds" / "local_authorities.csv") if not row["last_census_year"]]
    codes = [[row["local_authority_code"] for row in known if row["region_code"] == region][:FEW] for region in FEW_REGIONS]
    kept = {*sum(codes, [])}
    make_extract(home / "extract", "--share", "0.005", "--years", f"{YEARS[0]}-{YEARS[-1]}")
    for path in (home / "extract").glob("cin_*.csv"):
        write(path, [row for row in read(path) if row["CIN_LA"] in kept])
    build = Build(home / "extract", home)
    assert build.exit_code == 0, build.output
    with duckdb.connect(str(build.database)) as connection:
        for table in ("release_counts", "release_geographies"):
            left_out = f"geography_level <> 'National' and geography_code not in {(*kept, *FEW_REGIONS)}"
            connection.execute(f"delete from release.{table} where {left_out}")
    return build


@pytest.fixture(scope="module", params=list(PROFILES))
def release(request, few_build, tmp_path_factory) -> Release:
    return Release(few_build.database, tmp_path_factory.mktemp("release") / "out", request.param)


@pytest.fixture(scope="module")
def manifest(few_build) -> dict:
    return json.loads((few_build.database.parent / "target" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def source(few_build) -> Source:
    return read_source(few_build.database)


def test_every_file_is_written_and_screened_clean_but_for_proposed_names(release):
    assert len(release.source.files) >= 7
    for file in release.source.files:
        results = release.screened[file["file"]]
        assert len(results) == 81
        assert {r.check.name for r in results if r.outcome != PASS} <= {"check_data_dict_col_name"}
        warning = " ".join(r.message for r in results if r.outcome == WARNING)
        assert set(re.findall(r"'(\w+)'", warning)) <= {
            c["column_name"] for c in release.source.columns_of(file["file"]) if not c["is_in_dictionary"]
        }


def test_the_matrix_is_complete(release):
    places = sum(place["is_shown"] for place in release.source.geographies)
    cells = {(row["topic"], row["breakdown"]) for row in release.source.breakdowns if row["topic"] != "Id scheme"}
    measures = sum("Id scheme" in row["topics"] for row in release.source.measures)
    for file in release.source.files:
        rows = release.rows(file["file"])
        expected = {None: 1, "breakdown": len(cells), "measure;id_scheme": 3 * measures}[file["filters"]]
        assert len(rows) == places * expected
        columns = [column["column_name"] for column in release.source.columns_of(file["file"])]
        assert all(row[column] for row in rows for column in columns)


def test_counts_in_the_files_are_treated_and_right(release):
    """Judged by the rules of the profile and the exact counts alone, whatever the engine said."""
    bases, n_numbers = BASES[release.profile], 0
    for key, text in release.shown_counts():
        exact = release.source.counts.get(key)
        if key in release.source.unavailable:
            assert text == release.source.unavailable[key]
        elif text != "c":
            n_numbers += 1
            base, value = bases[key[1]], int(text)
            assert value == base * ((exact + base // 2) // base)
            assert exact >= (10 if release.profile == "ons_srs" else 6) or (exact == 0 and release.profile == "dfe")
    assert n_numbers > 100


def test_counts_that_are_small_are_withheld_in_every_file(release):
    small = range(10) if release.profile == "ons_srs" else range(1, 6)
    texts = [text for key, text in release.shown_counts() if key not in release.source.unavailable
             and release.source.counts[key] in small]
    assert set(texts) == {"c"}


def test_a_count_is_the_same_in_every_file(release):
    told: dict[tuple, set[str]] = {}
    for key, text in release.shown_counts():
        told.setdefault(key, set()).add(text)
    assert {len(texts) for texts in told.values()} == {1}


def test_percentages_and_rates_come_from_what_is_told(release):
    population = {
        (p["census_year"], p["geography_level"], p["geography_name"]): p["population"] for p in release.source.geographies
    }
    n_numbers = 0
    for file in release.source.files:
        shares = [c for c in release.source.columns_of(file["file"]) if c["kind"] in ("percent", "rate")]
        total = None
        for row in release.rows(file["file"]):
            if row.get("breakdown_topic") == "Total":
                total = row
            name = row["la_name"] or row["region_name"] or row["country_name"]
            for column in shares:
                part, whole = row[column["numerator"]], row[column["denominator"]]
                if column["numerator"] == column["denominator"]:
                    whole = total[column["denominator"]]
                elif column["denominator"] == "population_count":
                    whole = population[int(row["time_period"]), row["geographic_level"], name]
                    whole = "x" if whole is None else whole
                text = row[column["column_name"]]
                if {part, whole} & SYMBOLS or float(whole) == 0:
                    assert text in SYMBOLS
                else:
                    n_numbers += 1
                    value = column["per"] * float(part) / float(whole)
                    assert text == "low" or float(text) == pytest.approx(value, abs=0.5 * 10 ** -column["decimals"] + 1e-9)
                    assert (text == "low") == (round(value, column["decimals"]) == 0 and float(part) > 0)
    assert n_numbers > 100


def test_places_carry_the_codes_of_the_standard(release):
    for row in release.rows("children_in_need"):
        assert (row["time_identifier"], row["country_code"]) == ("Reporting year", "E92000001")
        level = files.LEVELS.index(row["geographic_level"])
        assert bool(row["region_code"]) == bool(row["region_name"]) == (level > 0)
        assert bool(row["la_name"]) == bool(row["old_la_code"]) == (level > 1)


def test_the_second_database_holds_the_tables_of_the_release_and_nothing_else(release, manifest, tmp_path):
    (tmp_path / "copy.duckdb").write_bytes(release.released)
    with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as connection:
        columns = connection.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
        told = {row[:6]: row[6:] for row in connection.execute("from released_counts").fetchall()}
        rows = {f["file"]: connection.execute(f"select count(*) from {f['file']}").fetchone()[0] for f in release.source.files}
    names = {file["file"] for file in release.source.files}
    assert {table for table, _ in columns} == names | {"released_counts", "about_the_release"}
    assert rows == {name: len(release.rows(name)) for name in names}
    personal = {
        name
        for node in manifest["nodes"].values()
        for name, column in node.get("columns", {}).items()
        if is_personal(column)
    }
    child_level = {n["name"] for n in manifest["nodes"].values() if n["config"].get("meta", {}).get("tier") == "child_level"}
    assert len(personal) > 30
    assert child_level
    assert {column for _, column in columns} & (personal - {"census_year"}) == set()
    assert {table for table, _ in columns} & child_level == set()
    assert {key for key, _ in release.shown_counts()} <= told.keys()
    assert all((value is None) != (symbol is None) for value, symbol in told.values())
    assert all((value, symbol or "") == release.controlled.told(key) for key, (value, symbol) in told.items())


def test_exact_counts_and_reasons_stay_inside(release):
    written = [path for path in release.out.rglob("*") if path.is_file()]
    assert {path.parent.name for path in written} == {"tables", "for_checker", "inside"}
    with open(release.out / "inside" / "counts.csv", newline="") as lines:
        inside = {tuple(row[:6]): row for row in list(csv.reader(lines))[1:]}
    assert len(inside) == len(release.controlled.counts)
    for path in (release.out / "tables").iterdir():
        assert not re.search(r"\b(primary|secondary)\b(?! need)", path.read_text(encoding="utf-8"), re.IGNORECASE), path.name
    with open(release.out / "for_checker" / "suppression_log.csv", newline="") as lines:
        log = list(csv.DictReader(lines))
    assert {row["reason"] for row in log} <= {"primary", "secondary"}
    assert len(log) == sum(text == "c" for _, text in {key: (key, text) for key, text in release.shown_counts()}.values())
    assert "n" not in log[0]
    assert "value" not in log[0]


def test_only_the_owner_reads_what_is_written_whatever_the_mask(release):
    paths = [release.out, *release.out.rglob("*"), release.database]
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_checksums_and_checklist_state_what_was_written(release):
    sums = dict(reversed(line.split()) for line in (release.out / "tables" / "SHA256SUMS").read_text().splitlines())
    tables = {path.name: path for path in (release.out / "tables").iterdir() if path.name != "SHA256SUMS"}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in tables.items()} == sums
    assert len(tables) == 2 * len(release.source.files) + 1
    checklist = (release.out / "for_checker" / "checklist.md").read_text()
    tally = release.controlled.tally()
    smallest = min(int(text) for _, text in release.shown_counts() if text.isdigit() and text != "0")
    assert all(digest in checklist for digest in sums.values())
    assert f"{tally['primary']:,} counts are withheld" in checklist
    assert f"The smallest count shown is {smallest}," in checklist
    assert "0 of them are not multiples of their base" in checklist
    assert "Data: synthetic" in checklist
    assert "synthetic extract" in (release.out / "tables" / "data_guidance.md").read_text()


def test_the_same_decisions_give_the_same_files(release, few_build, tmp_path, monkeypatch):
    """That the decisions are the same for the same counts, `test_disclosure.py` shows."""
    monkeypatch.setattr(write_release, "control", lambda *_: release.controlled)
    write_release.release(few_build.database, tmp_path / "again", PROFILES[release.profile])
    for path in (release.out / "tables").iterdir():
        assert (tmp_path / "again" / "tables" / path.name).read_bytes() == path.read_bytes()


def test_nothing_is_written_where_the_attack_finds_a_count(release, few_build, tmp_path, monkeypatch):
    monkeypatch.setattr(write_release, "control", lambda *_: replace(release.controlled, n_breaches=2))
    with pytest.raises(SystemExit, match=r"^2 withheld counts could be worked out\. Nothing was written\.$"):
        write_release.release(few_build.database, tmp_path / "out", PROFILES[release.profile])
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_release_stays_where_a_table_fails_the_screener(release, few_build, monkeypatch):
    before = {path: path.read_bytes() for path in release.out.rglob("*") if path.is_file()}
    monkeypatch.setattr(write_release, "control", lambda *_: release.controlled)
    monkeypatch.setattr(files, "written", lambda told, decimals: "~")
    with pytest.raises(SystemExit, match="check_ind_invalid_entry") as stopped:
        write_release.release(few_build.database, release.out, PROFILES[release.profile])
    assert not re.search(r"\d{2,}", str(stopped.value))
    assert {path: path.read_bytes() for path in release.out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("profile", list(PROFILES))
def test_relations_hold_and_join_every_table_place_and_year(source, profile):
    related = relations_of(source, PROFILES[profile])
    counts, relations = related.counts, related.relations
    assert all(relation.holds(counts) for relation in relations)
    assert {relation.kind for relation in relations} == {"equal", "at_most", "within"}
    in_relations = {key for r in relations for key in (r.total, *r.parts, *r.beside)}
    assert {key[3] for key in source.counts if key not in in_relations} == set()
    remainders = counts.keys() - source.counts.keys()
    assert bool(remainders) == (profile == "dfe")
    assert {key[1] for key in remainders} <= {"Local authority"}
    assert any({key[0] for key in r.parts} != {r.total[0]} for r in relations), "years hang together"


SMALL = {"dfe": range(1, 6), "ons_srs": range(10)}


def test_an_outsider_with_the_files_alone_learns_no_small_count(release):
    """The attack and its relations are written apart from the protection, and read the published files."""
    texts, _ = outsider.read_release(release.out / "tables")
    truth = outsider_counts(release)
    assert texts.keys() <= truth.keys()
    found = outsider.attack(release.out / "tables", release.profile, truth)
    assert len(found.limits) > 1_000
    assert not found.exact()
    assert not found.narrowed(truth, SMALL[release.profile])
    assert found.excepted(truth, SMALL[release.profile]) <= release.controlled.n_given_away


def test_the_outsider_finds_what_primary_suppression_alone_gives_away(release, tmp_path):
    source, controlled = release.source, release.controlled
    primary = protect_primary(controlled.counts, PROFILES[release.profile], controlled.counts.keys() - source.counts.keys())
    files.write_tables(files.tables_of(source, replace(controlled, treatments=primary)), tmp_path)
    truth = outsider_counts(release)
    found = outsider.attack(tmp_path, release.profile, truth)
    assert len(found.narrowed(truth, SMALL[release.profile])) > 50


def outsider_counts(release) -> dict[tuple, int]:
    """The exact counts by the outsider's names: read from tables in which nothing is withheld or rounded."""
    source = release.source
    told = {key: Treatment(n, "", "released") for key, n in release.controlled.counts.items()}
    with TemporaryDirectory() as folder:
        files.write_tables(files.tables_of(source, replace(release.controlled, treatments=told)), Path(folder))
        texts, _ = outsider.read_release(Path(folder))
    return {cell: int(text) if text not in SYMBOLS else 0 for cell, text in texts.items()}


def test_counts_that_break_a_relation_stop_the_release_without_a_figure(source):
    key = next(key for key, n in source.counts.items() if key[3] == "referrals" and key[1] == "National" and n > 100)
    broken = replace(source, counts={**source.counts, key: 987654})
    with pytest.raises(ValueError, match="counts break a relation: referrals") as error:
        relations_of(broken, PROFILES["dfe"])
    assert "987654" not in str(error.value)


def test_the_tables_behind_the_release_are_never_exported(manifest, few_build):
    behind = [n for n in manifest["nodes"].values() if n["config"].get("meta", {}).get("tier") == "restricted_aggregate"]
    assert {node["name"] for node in behind} == {"release_counts", "release_geographies", "release_cells"}
    public = public_tables(few_build.database.parent / "target" / "manifest.json")
    assert {node["name"] for node in behind} & public.keys() == set()


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        ((0, ""), (50, ""), (0, "")),
        ((1, ""), (5000, ""), (None, "low")),
        ((30, ""), (120, ""), (25.0, "")),
        ((None, "c"), (120, ""), (None, "c")),
        ((30, ""), (None, "c"), (None, "c")),
        ((None, "c"), (None, "x"), (None, "x")),
        ((None, "z"), (None, "x"), (None, "z")),
        ((0, ""), (0, ""), (None, "z")),
    ],
)
def test_shares_of_what_is_told(part, whole, told):
    assert files.share(part, whole, 100, 1) == told


def test_a_symbol_of_the_place_comes_before_what_the_engine_says():
    key = (2016, "Local authority", "202", "referrals", "Total", "Total")
    controlled = Controlled(
        profile=PROFILES["dfe"],
        counts={key: 7},
        treatments={key: Treatment(7, "", "released")},
        relations=[Relation(key, (key,))],
        unavailable={key: "x"},
        n_exceptions=0,
        n_given_away=0,
        n_not_followed=0,
        n_exposed=0,
        n_breaches=0,
        source_keys=frozenset([key]),
    )
    assert controlled.told(key) == (None, "x")
    assert not controlled.is_published(key)
    assert pack.SYMBOLS["x"]
