"""The synthetic extract: same seed same files, headers by year, faults as logged, none at 0."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import duckdb
import make_synthetic_extract
import numpy as np
import pytest
from synthetic import chunk, columns, recording, reference

ROOT = Path(__file__).resolve().parents[2]

YEARS = range(2009, 2026)
DUPLICATES = "select count(*) - (select count(*) from (select distinct * from r)) from r"


def make(folder: Path, *extra: str) -> Path:
    """Runs the command line."""
    make_synthetic_extract.main(["--out", str(folder), *extra])
    return folder


def digests(folder: Path) -> dict[str, str]:
    """File name -> digest for every file of an extract."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read(folder: Path, ending: str = "csv") -> duckdb.DuckDBPyConnection:
    """The main files of an extract as table `r`, with one name per column whatever the year."""
    about = {r["key"]: r["value"] for r in reference.read_rows(folder / "about_this_extract.csv")}
    wanted = [*dict.fromkeys(column for _, column, _, _ in columns.HEADERS)]
    parts = []
    for year in (int(y) for y in about["years"].split()):
        headers = {column: header for header, column in columns.headers_of(year)}
        fields = ", ".join(f"{headers.get(c, 'null::varchar')} as {c}" for c in wanted)
        path = folder / f"cin_{year}.{ending}"
        parts.append(
            f"select {year} as census_year, {fields} from read_csv('{path}', all_varchar = true)"
        )
    connection = duckdb.connect()
    connection.execute("create table r as " + " union all ".join(parts))
    for name in ("children", "la_child_ids", "episodes", "plans", "faults", "fault_kinds"):
        path = folder / "truth" / f"{name}.parquet"
        connection.execute(f"create view true_{name} as from read_parquet('{path}')")
    return connection


def count(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    """Rows of the main files that meet a condition."""
    return value(connection, f"select count(*) from r where {condition}")


def value(connection: duckdb.DuckDBPyConnection, query: str):
    """The single value of a query."""
    return connection.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """An extract of one hundredth of England at noise 1."""
    return make(tmp_path_factory.mktemp("noisy") / "extract")


@pytest.fixture(scope="module")
def noisy_rows(noisy):
    """Its rows."""
    return read(noisy)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The same at noise 0."""
    return make(tmp_path_factory.mktemp("clean") / "extract", "--noise", "0")


@pytest.fixture(scope="module")
def clean_rows(clean):
    """Its rows."""
    return read(clean)


def test_same_seed_gives_the_same_bytes(tmp_path):
    options = ["--share", "0.003", "--years", "2009,2014-2015"]
    first = digests(make(tmp_path / "a", *options))
    again = digests(make(tmp_path / "b", *options))
    other = digests(make(tmp_path / "c", *options, "--seed", "2"))
    assert first == again
    assert first["cin_2014.csv"] != other["cin_2014.csv"]
    assert set(first) == set(other)


@pytest.mark.parametrize("year", YEARS)
def test_headers_are_those_of_the_year(noisy, year):
    with (noisy / f"cin_{year}.csv").open(encoding="utf-8") as handle:
        headers = next(csv.reader(handle))
    assert headers == [header for header, _ in columns.headers_of(year)]
    assert len(headers) == len(set(headers))
    assert ("CIN_CIN_LA" in headers) == (year == 2009)
    assert ("CIN_LA" in headers) == (year >= 2010)
    assert ("CIN_ReferralDate" in headers) == (year <= 2012)
    assert ("CIN_CINReferralDate" in headers) == (year >= 2013)
    assert ("CIN_CPPstartDate" in headers) == (year == 2009 or year >= 2013)
    assert ("CIN_CategoryOfAbuse" in headers) == (year == 2009)
    assert ("CIN_ReferralNFA" in headers) == (year >= 2010)
    assert ("CIN_ReferralSource" in headers) == (year >= 2014)
    assert ("CIN_CPPindicator" in headers) == (year == 2010)
    assert ("CIN_Sex" in headers) == (year == 2025)
    assert ("CIN_Gender" in headers) == (year <= 2024)


@pytest.mark.parametrize("year", [2009, 2010, 2025])
def test_disability_headers(noisy, year):
    with (noisy / f"cin_disabilities_{year}.csv").open(encoding="utf-8") as handle:
        headers = next(csv.reader(handle))
    authority = "CIN_CIN_LA" if year == 2009 else "CIN_LA"
    assert headers == ["CIN_ACADYR", authority, "CIN_LAchildID_Anon", "CIN_Disability"]


def test_every_file_says_that_it_is_synthetic(noisy, noisy_rows):
    assert count(noisy_rows, "local is not null and local not like 'SYN%'") == 0
    assert count(noisy_rows, "pmr is not null and not (pmr like 'SYN%' and length(pmr) = 18)") == 0
    about = {r["key"]: r["value"] for r in reference.read_rows(noisy / "about_this_extract.csv")}
    assert about["is_synthetic"] == "true"
    assert about["sampling_fraction"] == "0.01"
    assert "describes no real child" in (noisy / "README.txt").read_text(encoding="utf-8")
    for path in (noisy / "truth").iterdir():
        query = f"select count(*) from parquet_kv_metadata('{path}') where key = 'is_synthetic'"
        assert value(noisy_rows, query) == 1


def test_lines_end_without_carriage_return(noisy):
    assert b"\r" not in (noisy / "cin_2013.csv").read_bytes()


def test_scale_is_near_the_published_totals(noisy_rows):
    for year, published in ((2009, 401_872), (2011, 509_088), (2013, 818_472), (2016, 885_023)):
        query = f"select count(distinct code || local) from r where census_year = {year}"
        assert value(noisy_rows, query) == pytest.approx(published / 100, rel=0.08)


def test_authorities_by_year(noisy_rows):
    found = dict(
        noisy_rows.execute(
            "select census_year, count(distinct code) from r group by census_year"
        ).fetchall()
    )
    assert found[2009] <= 148
    assert 147 <= found[2010] <= 151
    for year, code in ((2012, "311"), (2012, "316")):
        assert count(noisy_rows, f"census_year = {year} and code = '{code}'") == 0
    assert count(noisy_rows, "code in ('820', '875') and census_year > 2009") == 0
    assert count(noisy_rows, "code in ('822', '823', '895', '896') and census_year = 2009") == 0
    assert count(noisy_rows, "code in ('942', '943') and census_year < 2024") == 0


def test_every_kind_of_fault_is_planted_and_explained(noisy_rows):
    planted = noisy_rows.execute("select distinct fault_kind from true_faults").fetchall()
    explained = noisy_rows.execute("select fault_kind from true_fault_kinds").fetchall()
    assert {kind for (kind,) in planted} == {kind for (kind,) in explained}


def test_keys_of_faults_stand_in_the_files(noisy_rows):
    query = """
        select fault_kind, count(*) from true_faults f
        where fault_kind not in ('authority_did_not_return', 'record_not_in_extract')
            and fault_kind not like 'disability%'
            and not exists (
                select 1 from r where r.census_year = f.census_year
                    and r.code is not distinct from f.local_authority_code
                    and r.local is not distinct from f.local_child_id
                    and r.referral is not distinct from f.referral_date)
        group by all
    """
    assert noisy_rows.execute(query).fetchall() == []


def test_rows_not_in_the_extract_are_not_in_the_files(noisy_rows):
    query = """
        select count(*) from true_faults f join r
            on r.census_year = f.census_year and r.code = f.local_authority_code
            and r.local = f.local_child_id and r.referral = f.referral_date
        where fault_kind = 'record_not_in_extract'
    """
    assert value(noisy_rows, query) == 0
    query = """
        select count(*) from true_faults f join r
            on r.census_year = f.census_year and r.code = f.local_authority_code
        where fault_kind = 'authority_did_not_return'
    """
    assert value(noisy_rows, query) == 0


def test_faults_in_columns_are_visible(noisy_rows):
    checks = {
        "closure_date_missing": "r.closure is null",
        "closure_reason_missing": "r.reason is null",
        "ethnicity_missing": "r.ethnicity is null",
        "birth_month_missing": "r.birth_month is null and r.birth_year is null",
        "dirty_asylum_code": "r.asylum = '2'",
        "closure_before_referral": "r.closure < r.referral",
        "plan_end_before_start": "r.plan_end < r.plan_start",
        "plan_before_referral": "r.plan_start < r.referral",
        "local_child_id_missing": "r.local is null",
        "authority_code_missing": "r.code is null",
    }
    for kind, condition in checks.items():
        query = f"""
            select count(*) from true_faults f where fault_kind = '{kind}' and not exists (
                select 1 from r where r.census_year = f.census_year and {condition}
                    and r.code is not distinct from f.local_authority_code
                    and r.local is not distinct from f.local_child_id
                    and r.referral is not distinct from f.referral_date)
        """
        assert value(noisy_rows, query) == 0, kind


def test_faults_are_in_columns_of_the_year(noisy_rows):
    whole_rows = {
        "authority_did_not_return",
        "record_not_in_extract",
        "vanished_episode",
        "rereferral_while_open",
        "closed_case_returned_again",
        "exact_duplicate_row",
        "same_day_referrals",
    }
    planted = noisy_rows.execute(
        "select distinct fault_kind, census_year, column_name from true_faults"
    ).fetchall()
    for kind, year, column in planted:
        headers = {header for header, _ in columns.headers_of(year)}
        assert (column is None) if kind in whole_rows else (column in headers), (kind, year)


def test_duplicates_are_as_many_as_planted(noisy_rows):
    planted = "select count(*) from true_faults where fault_kind = 'exact_duplicate_row'"
    assert value(noisy_rows, DUPLICATES) == value(noisy_rows, planted)


def test_disability_faults_are_in_the_disabilities_files(noisy, noisy_rows):
    for kind, condition in (
        ("disability_none_with_other", "bool_or(code = 'NONE') and bool_or(code <> 'NONE')"),
        ("disability_repeated", "count(*) > count(distinct code)"),
    ):
        planted = f"""
            select distinct census_year, local_authority_code, local_child_id from true_faults
            where fault_kind = '{kind}' and census_year >= 2010
        """
        found = f"""
            select left(CIN_ACADYR, 4)::integer + 1, CIN_LA, CIN_LAchildID_Anon
            from (select *, CIN_Disability as code from read_csv(
                '{noisy}/cin_disabilities_20[12]*.csv', all_varchar = true))
            group by all having {condition}
        """
        wanted = noisy_rows.execute(planted).fetchall()
        assert wanted
        assert set(wanted) <= set(noisy_rows.execute(found).fetchall())


def test_noise_scales_the_faults(noisy_rows, tmp_path):
    loud = read(make(tmp_path / "loud", "--noise", "4", "--share", "0.003"))
    per_row = """select count(*) / (select count(*) from r) from true_faults
        where fault_kind = 'sex_wrong'"""
    ratio = value(loud, per_row) / value(noisy_rows, per_row)
    assert 2.5 < ratio < 6


def test_noise_0_has_no_faults(clean_rows):
    assert value(clean_rows, "select count(*) from true_faults") == 0
    assert value(clean_rows, DUPLICATES) == 0
    assert count(clean_rows, "code is null or local is null") == 0
    assert count(clean_rows, "try_cast(referral as date) is null") == 0
    assert count(clean_rows, "closure is null and (reason is not null or nfa = '1')") == 0
    assert count(clean_rows, "closure < referral or plan_start < referral") == 0
    assert count(clean_rows, "plan_end < plan_start") == 0
    assert count(clean_rows, "sex not in ('1', '2', 'M', 'F') and unborn = '0'") == 0
    assert count(clean_rows, "birth_month is null or birth_year is null") == 0
    assert count(clean_rows, "closure > make_date(census_year, 3, 31)::varchar") == 0


def test_noise_0_has_only_codes_of_the_lists(clean_rows):
    lists = reference.read_rows(reference.SEED_DIR / "code_lists.csv")
    for column, name in (
        ("need", "primary_need_code"),
        ("reason", "closure_reason_code"),
        ("ethnicity", "ethnicity_code"),
        ("source", "referral_source_code"),
        ("sex", "sex_code"),
        ("category", "abuse_category_code"),
        ("open_case", "open_case_code"),
    ):
        found = clean_rows.execute(
            f"select distinct {column}, census_year from r where {column} is not null"
        ).fetchall()
        spans = [
            (r["code"], int(r["first_census_year"] or 0), int(r["last_census_year"] or 9999))
            for r in lists
            if r["code_list"] == name
        ]
        outside = [
            (code, year)
            for code, year in found
            if not any(code == c and first <= year <= last for c, first, last in spans)
        ]
        assert found and not outside, name


def test_noise_0_has_no_overlap_and_no_gap(clean_rows):
    overlap = """
        select count(*) from (
            select closure, lead(referral) over (partition by id order by referral) as next
            from (select code || local as id, referral, max(closure) as closure
                from r group by all))
        where next < coalesce(closure, '9999')
    """
    assert value(clean_rows, overlap) == 0
    gaps = """
        select count(*) from (
            select max(census_year) - min(census_year) + 1 - count(distinct census_year) as n
            from r group by code, local, referral) where n <> 0
    """
    assert value(clean_rows, gaps) == 0


def test_noise_0_files_agree_with_the_truth(clean_rows):
    query = """
        select count(*) from (select distinct code, local, referral from r) k
        full join true_episodes t on t.local_authority_code = k.code
            and t.local_child_id = k.local and t.referral_date::varchar = k.referral
        where k.code is null or t.child_id is null
    """
    assert value(clean_rows, query) == 0
    query = """
        select count(*) from r join true_la_child_ids t
            on t.local_authority_code = r.code and t.local_child_id = r.local
        where r.pmr is not null and r.pmr is distinct from t.pupil_matching_ref
    """
    assert value(clean_rows, query) == 0


def test_true_ids(clean_rows):
    total = "select count(*) from true_la_child_ids"
    keys = "select count(*) from (select distinct local_authority_code, local_child_id"
    assert value(clean_rows, total) == value(clean_rows, keys + " from true_la_child_ids)")
    shared = """
        select count(*) from (select pupil_matching_ref from true_la_child_ids
            where pupil_matching_ref is not null group by 1 having count(distinct child_id) > 1)
    """
    assert value(clean_rows, shared) == 0
    reused = """
        select count(*) from (select local_child_id from true_la_child_ids
            group by 1 having count(distinct child_id) > 1)
    """
    assert value(clean_rows, reused) > 0
    reasons = clean_rows.execute("select distinct reason from true_la_child_ids").fetchall()
    assert {r for (r,) in reasons} == {"first", "move", "adoption", "reorganisation"}


def test_adoption_cannot_be_linked(clean_rows):
    query = """
        select count(*) from true_la_child_ids a join true_la_child_ids b
            on a.child_id = b.child_id and b.reason = 'adoption' and a.from_date < b.from_date
        where a.pupil_matching_ref = b.pupil_matching_ref
    """
    assert value(clean_rows, query) == 0


def test_open_cases_go_on_after_a_reorganisation(clean_rows):
    query = """
        select count(*) from r before join r after
            on after.local = before.local and after.referral = before.referral
        where before.code = '875' and before.census_year = 2009 and before.closure is null
            and after.code in ('895', '896') and after.census_year = 2010
    """
    assert value(clean_rows, query) > 0


def test_chunks_do_not_share_children_or_ids(monkeypatch):
    monkeypatch.setattr(chunk, "CHILDREN_PER_CHUNK", 4_000)
    request = chunk.Request(share=0.002, years=(2013, 2014), seed=1, noise=0.0)
    assert request.n_chunks > 1
    total = sum(request.cohort_counts(i) for i in range(request.n_chunks))
    assert (total == request.cohort_totals).all()
    children, ids = set(), set()
    for number in range(request.n_chunks):
        _, truth = chunk.Chunk(request, number).build()
        new = set(truth["children"]["child_id"])
        keys = set(truth["la_child_ids"].select("local_authority_code", "local_child_id").rows())
        assert not new & children and not keys & ids
        children |= new
        ids |= keys


@pytest.mark.parametrize(("share", "years"), [(1, range(2009, 2017)), (1, range(2009, 2026)), (4, range(2009, 2026))])
def test_local_ids_of_an_authority_differ_however_many_children(share, years):
    children = int(chunk.Request(share=share, years=tuple(years), seed=1, noise=1).cohort_totals.sum())
    series = recording.NumberSeries(first_slot=0, modulus=24 * children + 1, offsets=np.array([12_345]))
    slots = np.linspace(0, 24 * children - 1, 1_000_000).astype(np.int64)
    numbers = series.numbers(slots, np.zeros(len(slots), np.int64))
    assert len(np.unique(numbers)) == len(slots)
    assert numbers.max() < 10**9
    exact = [(int(slot) * recording.SLOT_MULTIPLIER + 12_345) % series.modulus for slot in slots[-100:]]
    assert numbers[-100:].tolist() == exact


@pytest.mark.parametrize("ending", ["txt", "parquet", "csv.gz", "txt.gz"])
def test_formats_hold_the_same_rows(tmp_path, ending):
    options = ["--share", "0.002", "--years", "2014"]
    plain = make(tmp_path / "csv", *options)
    other = make(tmp_path / "other", *options, "--format", ending)
    path = other / f"cin_2014.{ending}"
    reader = f"read_parquet('{path}')"
    if ending != "parquet":
        separator = "\\t" if ending.startswith("txt") else ","
        reader = f"read_csv('{path}', all_varchar = true, delim = '{separator}')"
    expected = f"read_csv('{plain}/cin_2014.csv', all_varchar = true)"
    difference = f"(from {expected} except all from {reader})"
    assert duckdb.execute(f"select count(*) from {difference}").fetchone()[0] == 0
    counts = duckdb.execute(
        f"select (select count(*) from {expected}), (select count(*) from {reader})"
    ).fetchone()
    assert counts[0] == counts[1] > 0


def test_single_file(tmp_path):
    folder = make(tmp_path / "one", "--share", "0.002", "--years", "2009-2010", "--single-file")
    assert sorted(p.name for p in folder.glob("*.csv")) == [
        "about_this_extract.csv",
        "cin.csv",
        "cin_disabilities.csv",
    ]
    with (folder / "cin.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["CIN_ACADYR"] for row in rows} == {"2008/2009", "2009/2010"}
    assert {"CIN_CIN_LA", "CIN_LA", "CIN_IDACI_Score", "CIN_ReferralNFA"} <= set(rows[0])
    assert all(row["CIN_LA"] == "" for row in rows if row["CIN_ACADYR"] == "2008/2009")


def test_what_is_there_is_not_made_again(tmp_path, capsys):
    options = ["--share", "0.001", "--years", "2016"]
    folder = make(tmp_path / "x", *options)
    stamp = (folder / "cin_2016.csv").stat().st_mtime_ns
    make(folder, *options)
    assert (folder / "cin_2016.csv").stat().st_mtime_ns == stamp
    assert "already holds" in capsys.readouterr().err
    make(folder, *options, "--seed", "3")
    assert (folder / "cin_2016.csv").stat().st_mtime_ns != stamp
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_folder_of_other_files_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(SystemExit):
        make(tmp_path / "mine", "--share", "0.001", "--years", "2016")
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "keep"


@pytest.mark.parametrize("years", ["2008", "2009-2026", "soon", ""])
def test_years_outside_the_census_are_refused(tmp_path, years):
    with pytest.raises(SystemExit):
        make(tmp_path / "x", "--years", years)


def test_every_figure_of_the_calibration_has_a_source():
    for name in ("calibration.csv", "targets.csv", "fault_kinds.csv"):
        rows = reference.read_rows(reference.PACKAGE_DIR / name)
        assert rows
        assert all(row["source"].strip() for row in rows), name
