"""The same rows give the same tables: in any order, on any number of threads, built again, a year later, after a kill.

Also: what may a further census year change of the years before it? REVISABLE says so, mart by mart, and is tested both ways.
The extract is the small one made harder: values that tie, and a last year that corrects, joins, parts and adds to the
years before. Messages name tables and columns, never a value.
"""

import csv
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from comparison import contents, different
from conftest import BUILD, PROJECT, YEARS, Build, at, copied
from test_deliveries import as_compressed_parquet, census_files

FIRST, SECOND, LAST = YEARS

# What one more census year may change of what was there before: everything else is final. `(rows)`: rows may disappear.
# Keys are never revised: a row under another key is another row. A mart without keys has only rows. `nothing`: all is final.
# The evaluation of a synthetic extract is no mart: it sets the whole extract against the truth, and may change throughout.
REVISABLE = PROJECT / "seeds" / "revisable_columns.csv"
# A period of this mart that stays when a year is added ends in 2016, the last year of the extract.
UNSHOWN = {f"cohort_description.{column}" for column in ("n_la_child_ids", "percent", "value")}


def revisable() -> dict[str, set[str]]:
    """For each mart the columns that a further census year may change, `(rows)` among them."""
    columns: dict[str, set[str]] = {}
    for line in read(REVISABLE):
        columns.setdefault(line["mart"], set()).update(name for name in line["columns"].split(", ") if name != "nothing")
    return columns


# The extract, made harder

YEAR, AUTHORITY, CHILD, REFERENCE = "CIN_ACADYR", "CIN_LA", "CIN_LAchildID_Anon", "CIN_PupilMatchingRefAnonymous"
BIRTH_MONTH, SEX, ETHNICITY, DEATH = "CIN_MonthOfBirth", "CIN_Gender", "CIN_Ethnicity", "CIN_PersonDeathDate"
REFERRAL, SOURCE, NEED, NO_ACTION = "CIN_CINReferralDate", "CIN_ReferralSource", "CIN_PrimaryNeedCode", "CIN_ReferralNFA"
CLOSURE, REASON, CONFERENCE = "CIN_CINClosureDate", "CIN_ReasonForClosure", "CIN_DateOfInitialCPC"
DISABLED = "CIN_Disability"
PLAN_START, PLAN_END, N_PLANS = "CIN_CPPstartDate", "CIN_CPPendDate", "CIN_NumberOfPreviousCPP"
INITIAL_CATEGORY, LATEST_CATEGORY = "CIN_InitialCategoryOfAbuse", "CIN_LatestCategoryOfAbuse"
WHO = (REFERENCE, BIRTH_MONTH, "CIN_YearOfBirth", SEX, ETHNICITY)
TIED = {YEAR, AUTHORITY, CHILD, REFERRAL, CLOSURE, PLAN_START}

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    """The rows of a delivered file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row], header: list[str] | None = None) -> None:
    """Writes rows as a delivered file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, header or list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def again(row: Row, year: int, changes: Row) -> Row:
    """The row as another year's return has it, with changes."""
    return {**row, YEAR: f"{year - 1}/{year}", **changes}


def days_before(day: str, n: int) -> str:
    """The date so many days before another."""
    return str(date.fromisoformat(day) - timedelta(n))


class HarderExtract:
    """The rows of the main files by year, and children whom one row returns: each is used for one change."""

    def __init__(self, folder: Path):
        self.rows = {year: read(folder / f"cin_{year}.csv") for year in YEARS}
        rows_of = Counter((row[AUTHORITY], row[CHILD]) for rows in self.rows.values() for row in rows)
        self.closed: dict[int, list[Row]] = {year: [] for year in YEARS}
        self.planned: dict[int, list[Row]] = {year: [] for year in YEARS}
        for year, rows in self.rows.items():
            for row in rows:
                if rows_of[row[AUTHORITY], row[CHILD]] == 1 and "2010" < row[REFERRAL] <= f"{year}-03-31":
                    if row[PLAN_START]:
                        self.planned[year].append(row)
                    elif row[REFERRAL] <= row[CLOSURE] <= f"{year}-03-31":
                        self.closed[year].append(row)

    def take(self, n_closed: int, year: int, n_planned: int = 0) -> list[Row]:
        """Children not yet used, whom only this year returns: so many with a plan, so many closed and without one."""
        taken = self.planned[year][:n_planned] + self.closed[year][:n_closed]
        del self.planned[year][:n_planned], self.closed[year][:n_closed]
        assert len(taken) == n_planned + n_closed, "the small extract is too small"
        return taken

    def joined_later(self) -> None:
        """The last year gives two ids one reference. The older case runs on into the second year."""
        for n, (older, younger) in enumerate(zip(self.take(12, FIRST), self.take(11, SECOND, 1), strict=True)):
            older.update({REFERENCE: f"SYN-joined-{n}", CLOSURE: f"{FIRST}-06-10"})
            self.rows[LAST].append(again(younger, LAST, {name: older[name] for name in WHO}))

    def parted_later(self) -> None:
        """Two ids of one authority share a reference, one after the other. The last year has the older case end after both."""
        for n, (older, younger) in enumerate(zip(self.take(6, FIRST), self.take(6, SECOND), strict=True)):
            older.update({REFERENCE: f"SYN-parted-{n}", CLOSURE: "", REASON: "", NO_ACTION: "0"})
            younger.update({name: older[name] for name in (AUTHORITY, *WHO)})
            younger.update({CHILD: f"{older[CHILD]}-again", REFERRAL: f"{FIRST}-09-01", CLOSURE: f"{FIRST}-10-01"})
            self.rows[LAST].append(again(older, LAST, {CLOSURE: f"{SECOND}-09-01"}))

    def joined_in_doubt_later(self) -> None:
        """The last year gives two ids one reference, though one fact differs."""
        facts = [(SEX, "1", "2"), (ETHNICITY, "WBRI", "APKN")]
        for (fact, one, another), older, younger in zip(facts, self.take(2, FIRST), self.take(2, SECOND), strict=True):
            older.update({REFERENCE: f"SYN-doubted-{fact}", fact: one})
            younger.update({name: older[name] for name in WHO[1:]} | {fact: another})
            self.rows[LAST].append(again(younger, LAST, {REFERENCE: older[REFERENCE]}))

    def joined_otherwise_later(self) -> None:
        """Two ids share a reference, and the last year gives both another."""
        for n, (older, younger) in enumerate(zip(self.take(3, FIRST), self.take(3, SECOND), strict=True)):
            older[REFERENCE] = f"SYN-shared-{n}"
            younger.update({name: older[name] for name in WHO})
            self.rows[LAST] += [again(row, LAST, {REFERENCE: f"SYN-shared-anew-{n}"}) for row in (older, younger)]

    def settled_later(self) -> None:
        """Two references of one id, seen equally often until the last year gives one of them again."""
        for n, row in enumerate(self.take(4, SECOND)):
            row[REFERENCE] = f"SYN-settled-{n}-a"
            other = {REFERENCE: f"SYN-settled-{n}-b"}
            self.rows[SECOND].append({**row, **other})
            self.rows[LAST].append(again(row, LAST, other))

    def corrected_later(self) -> None:
        """The last year has other values; in every other case a closure before the referral."""
        for n, row in enumerate(self.take(12, SECOND)):
            changes = {CONFERENCE: f"{SECOND}-05-05", DEATH: f"{SECOND}-08-01", NEED: "N5", SOURCE: "1A", DISABLED: "1"}
            changes |= {NO_ACTION: "1" if row[NO_ACTION] == "0" else "0"}
            changes |= {CLOSURE: days_before(row[REFERRAL], 20)} if n % 2 else {}
            self.rows[LAST].append(again(row, LAST, changes))

    def returned_late(self) -> None:
        """The last year returns an open case that began before all that was known of the child."""
        for row in self.take(8, SECOND):
            changes = {REFERRAL: days_before(row[REFERRAL], 100), CLOSURE: "", REASON: "", NO_ACTION: "0"}
            self.rows[LAST].append(again(row, LAST, changes))

    def planned_later(self) -> None:
        """The last year has the plan under another referral, with an initial category, and an end before its start."""
        for row in self.take(0, FIRST, 5):
            row[INITIAL_CATEGORY] = ""
            changes = {REFERRAL: f"{SECOND}-06-01", CLOSURE: "", REASON: "", N_PLANS: "3"}
            changes |= {INITIAL_CATEGORY: "NEG", LATEST_CATEGORY: "MUL", PLAN_END: days_before(row[PLAN_START], 5)}
            self.rows[LAST].append(again(row, LAST, changes))

    def dated_ahead(self) -> None:
        """Dates of the last year in the returns before it: unreadable until that year is there (R4)."""
        for row in self.take(2, SECOND, 1):
            ahead = again(row, FIRST, {REFERRAL: f"{SECOND}-06-10", CLOSURE: "", REASON: "", PLAN_END: ""})
            self.rows[FIRST] += [ahead, dict(ahead)]
        for row in self.take(4, SECOND):
            row.update({CLOSURE: f"{SECOND}-05-20", DEATH: f"{SECOND}-06-01"})

    def ended_later(self) -> None:
        """105 cases of one authority run on, as far as the first two years know. The last ends 40 before the first is over."""
        case = {REFERRAL: f"{FIRST - 1}-09-02", CLOSURE: "", REASON: "", NO_ACTION: "0", REFERENCE: ""}
        for n in range(105):
            row = self.rows[FIRST][0] | case | {CHILD: f"SYN-ended-{n}"}
            self.rows[FIRST].append(row)
            self.rows[SECOND].append(again(row, SECOND, {}))
            if n < 40:
                self.rows[LAST].append(again(row, LAST, {CLOSURE: f"{FIRST}-03-02", REASON: "RC7"}))

    def forgotten_later(self) -> None:
        """The last year leaves out half of those whom the year before returned: their open cases vanish."""
        left_out = {(row[AUTHORITY], row[CHILD]) for row in self.rows[SECOND][::2]}
        self.rows[LAST] = [row for row in self.rows[LAST] if (row[AUTHORITY], row[CHILD]) not in left_out]

    def described_in_two_ways(self) -> None:
        """Rows of one referral and one year that differ: whatever decides between them, it is not their order (D8)."""
        for rows in self.rows.values():
            for n in range(4, len(rows), 11):
                other = rows[n * 7 % len(rows)]
                rows.append({name: value if name in TIED else other[name] for name, value in rows[n].items()})


@pytest.fixture(scope="module")
def hard_extract(small_extract, tmp_path_factory) -> Path:
    """The small extract with values that tie, and a last year that revises the years before."""
    folder = tmp_path_factory.mktemp("hard") / "extract"
    shutil.copytree(small_extract, folder)
    extract = HarderExtract(folder)
    extract.forgotten_later()
    extract.ended_later()
    extract.joined_later()
    extract.parted_later()
    extract.joined_in_doubt_later()
    extract.joined_otherwise_later()
    extract.settled_later()
    extract.corrected_later()
    extract.returned_late()
    extract.planned_later()
    extract.dated_ahead()
    extract.described_in_two_ways()
    for year, rows in extract.rows.items():
        write(folder / f"cin_{year}.csv", rows)
    return folder


# What a build leaves


@pytest.fixture(scope="module")
def hard_build(hard_extract, tmp_path_factory) -> Build:
    """The harder extract, built undisturbed."""
    return sound(Build(hard_extract, tmp_path_factory.mktemp("hard_build")))


@pytest.fixture(scope="module")
def undisturbed(hard_build) -> dict[str, tuple]:
    """The content of every table of the undisturbed build."""
    return contents(hard_build.database)


def sound(build: Build) -> Build:
    """The build, if it ended well."""
    assert build.exit_code == 0, build.output
    return build


# Order and threads


def rows_shuffled(folder: Path, seed: int) -> None:
    for path in census_files(folder):
        rows = read(path)
        random.Random(seed).shuffle(rows)
        write(path, rows)


def columns_reversed(folder: Path, seed: int) -> None:
    rows_shuffled(folder, seed)
    for path in census_files(folder):
        rows = read(path)
        write(path, rows, list(rows[0])[::-1])


def files_made_last_first(folder: Path, seed: int) -> None:
    """The newest year's files are the oldest on the disk, and say so."""
    rows_shuffled(folder, seed)
    for n, path in enumerate(reversed(census_files(folder))):
        whole = path.read_bytes()
        path.unlink()
        path.write_bytes(whole)
        os.utime(path, (1e9 + n, 1e9 + n))


def years_mixed_in_one_file(folder: Path, seed: int) -> None:
    for dataset in ("cin", "cin_disabilities"):
        rows = []
        for year in reversed(YEARS):
            path = folder / f"{dataset}_{year}.csv"
            rows += read(path)
            path.unlink()
        random.Random(seed).shuffle(rows)
        write(folder / f"{dataset}.csv", rows)


def profile_with(home: Path, duckdb_threads: int) -> Path:
    """A copy of the project's profile that gives DuckDB so many threads, and each of them something to do.

    Row groups are as small as can be: a table of fewer rows than one group is read by one thread alone.
    """
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    output = profile["children_in_need"]["outputs"]["local"]
    output["config_options"]["threads"] = duckdb_threads
    output["attach"][0]["options"] = {"row_group_size": 2048}
    folder = home / "profiles"
    folder.mkdir()
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    return folder


# how the files differ, threads of dbt, threads of DuckDB
ORDERS = [(rows_shuffled, 1, 1), (columns_reversed, 4, 4), (files_made_last_first, 1, 4), (years_mixed_in_one_file, 4, 1)]


@pytest.mark.parametrize("order, dbt_threads, duckdb_threads", ORDERS, ids=[f"{o.__name__}-{n}-{m}" for o, n, m in ORDERS])
def test_order_and_threads_change_nothing(order, dbt_threads, duckdb_threads, hard_extract, undisturbed, tmp_path):
    folder = tmp_path / "delivery"
    shutil.copytree(hard_extract, folder)
    order(folder, seed=dbt_threads * 10 + duckdb_threads)
    profile = profile_with(tmp_path, duckdb_threads)
    build = sound(Build(folder, tmp_path, *BUILD, "--profiles-dir", str(profile), threads=dbt_threads))
    assert different(contents(build.database), undisturbed) == []


# A year delivered later


class LateYear:
    """A database built on the first two years, and again once the last was delivered."""

    def __init__(self, extract: Path, home: Path):
        self.folder = home / "delivery"
        shutil.copytree(extract, self.folder)
        self.files = [path for path in census_files(self.folder) if str(LAST) in path.name]
        aside = {path: path.read_bytes() for path in self.files}
        for path in self.files:
            path.unlink()
        self.before = copied(sound(Build(self.folder, home)), home / "before")
        for path, whole in aside.items():
            path.write_bytes(whole)
        self.after = sound(Build(self.folder, home))


@pytest.fixture(scope="module")
def late(hard_extract, tmp_path_factory) -> LateYear:
    return LateYear(hard_extract, tmp_path_factory.mktemp("late"))


def test_a_year_delivered_later_gives_what_all_years_at_once_give(late, undisturbed):
    assert different(contents(late.after.database), undisturbed) == []


def test_the_same_year_delivered_again_changes_nothing(late, hard_build, undisturbed, tmp_path):
    again = copied(late.after, tmp_path)
    for path in late.files:
        path.write_bytes(path.read_bytes())
    sound(Build(late.folder, tmp_path))
    assert different(contents(again.database), undisturbed) == []
    # a file has room for the tables and their successors, not for those of every build
    for part in ("", ".work"):
        assert Path(f"{again.database}{part}").stat().st_size < 2.5 * Path(f"{hard_build.database}{part}").stat().st_size


def test_a_year_taken_away_again_leaves_no_trace(late, tmp_path):
    folder = tmp_path / "delivery"
    shutil.copytree(late.folder, folder, ignore=lambda _, names: [name for name in names if str(LAST) in name])
    fewer = copied(late.after, tmp_path / "home")
    sound(Build(folder, tmp_path / "home"))
    assert different(contents(fewer.database), contents(late.before.database)) == []


class Revision:
    """What of the rows that were there before differs, and how many of them are gone, in one mart."""

    def __init__(self, late: LateYear, mart: str, keys: list[str]):
        with duckdb.connect() as connection:
            connection.execute(f"attach '{late.before.database}' as before (read_only)")
            connection.execute(f"attach '{late.after.database}' as after (read_only)")
            columns = connection.table(f"before.main.{mart}").columns
            same_key = " and ".join(f"old.{key} is not distinct from new.{key}" for key in keys or columns)
            old, new = f"before.main.{mart} as old", f"after.main.{mart} as new"
            others = [column for column in columns if column not in keys] if keys else []
            changes = [f"bool_or(old.{column} is distinct from new.{column})" for column in others]
            found = connection.execute(f"select [{', '.join(changes)}] from {old} inner join {new} on {same_key}").fetchone()[0]
            gone = connection.execute(f"select count(*) from {old} anti join {new} on {same_key}").fetchone()[0]
        self.changed = {column for column, is_changed in zip(others, found, strict=True) if is_changed}
        self.changed |= {"(rows)"} if gone else set()


def marts_and_keys(build: Build) -> dict[str, list[str]]:
    """Every mart of the database with the keys that its data test `unique_together` names; none where it has no such test."""
    keys = {}
    for node in build.manifest.nodes.values():
        metadata = getattr(node, "test_metadata", None)
        if metadata and metadata.name == "unique_together":
            keys[build.manifest.nodes[node.attached_node].name] = metadata.kwargs["columns"]
    return {mart: keys.get(mart, []) for mart in build.content()}


def test_a_further_year_revises_what_it_may_and_nothing_else(late):
    listed, marts, too_much, unseen = revisable(), marts_and_keys(late.after), set(), set()
    assert set(marts) <= set(listed), "a mart that REVISABLE does not name: what may a further year change of it?"
    for mart, keys in marts.items():
        changed, may_change = Revision(late, mart, keys).changed, listed[mart]
        too_much |= {f"{mart}.{column}" for column in changed - may_change}
        unseen |= {f"{mart}.{column}" for column in may_change - changed}
    assert sorted(too_much) == [], "changed by a further year, and not listed in REVISABLE"
    assert sorted(unseen - UNSHOWN) == [], "listed in REVISABLE, and not changed, though this extract shows all that may"


# Killed


class KilledHome:
    """One place for all killed builds, so that dbt need not parse the project anew each time."""

    def __init__(self, extract: Path, home: Path):
        self.home, self.folder = home, home / "delivery"
        shutil.copytree(extract, self.folder)
        as_compressed_parquet(self.folder)

    def start_from(self, build: Build | None) -> None:
        """Puts the databases of a build in place, or none at all."""
        for path in self.home.glob("cin.duckdb*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if build:
            copied(build, self.home)

    def build_and_kill(self, share: float, pause: float) -> None:
        """Starts `dbt build`, and kills it with all its children when that share of the models has begun.

        share: 0 is while the extract is landed. pause: seconds to wait then, to strike elsewhere within the model.
        """
        command = [str(Path(sys.executable).with_name("dbt")), *BUILD, "--threads", "1", "--no-use-colors"]
        command += ["--target-path", str(self.home / "target"), "--log-path", str(self.home / "logs")]
        settings = {"CIN_EXTRACT_DIR": str(self.folder), "CIN_DATABASE": str(self.home / "cin.duckdb"), "CIN_CENSUS_YEARS": ""}
        environment = {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            for line in process.stdout:
                begun = re.search(r"(\d+) of (\d+) START (hook)?", line)
                if begun and bool(begun[3]) == (share == 0) and int(begun[1]) >= share * int(begun[2]):
                    time.sleep(pause)
                    os.killpg(process.pid, signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL, "the build ended before it could be killed"

    def leave_halves(self) -> None:
        """Cuts the private copies of delivered files in half, and leaves a spilled block, as a kill at the worst moment would."""
        copies = list((self.home / "cin.duckdb.copies").iterdir())
        assert copies, "a compressed Parquet file is copied before it is read"
        for path in copies:
            os.truncate(path, path.stat().st_size // 2)
        (self.home / "cin.duckdb.tmp").mkdir(exist_ok=True)
        (self.home / "cin.duckdb.tmp" / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"\0" * 4096)


@pytest.fixture(scope="module")
def killed_home(hard_extract, tmp_path_factory) -> KilledHome:
    return KilledHome(hard_extract, tmp_path_factory.mktemp("killed"))


# over which database, share of the models begun, seconds later
KILLS = [("none", 0.15, 0), ("none", 0.45, 0.1), ("none", 0.9, 0.02)]
KILLS += [("two_years", 0, 0.1), ("two_years", 0.6, 0.01), ("two_years", 0.97, 0.03)]


@pytest.mark.parametrize("database, share, pause", KILLS, ids=[f"over_{d}-at_{round(100 * s)}" for d, s, _ in KILLS])
def test_a_killed_build_can_be_built_again(database, share, pause, killed_home, late, hard_build, undisturbed):
    before = late.before.content() if database == "two_years" else {}
    killed_home.start_from(late.before if before else None)
    killed_home.build_and_kill(share, pause)

    found = at(killed_home.home, hard_build).content()
    assert [mart for mart in before if mart not in found] == [], "lost by the kill"
    halves = [mart for mart in found if found[mart] not in (before.get(mart), undisturbed.get(mart))]
    assert halves == [], "neither as before nor as built"

    killed_home.leave_halves()
    build = sound(Build(killed_home.folder, killed_home.home))
    assert different(contents(build.database), undisturbed) == []
    left = {path.name.removeprefix("cin.duckdb") for path in killed_home.home.glob("cin.duckdb*")}
    assert left <= {"", ".work", ".copies", ".tmp"}, "a log of the killed build is still there"
