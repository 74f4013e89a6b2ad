"""Nothing of a child leaks: canaries are planted into an extract, all that can fail is made to fail, every byte is searched.

Each run is a command that a user types, in a copy of the project with a home and a temporary folder of its own, cut off from the
network where the machine allows that, and with no umask. Searched is all that is there afterwards but the extract, the databases
and the export: what was printed, logs, target, pages, temporary files. Controls show that the search finds what there is to find.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from canary import ANCIENT, MARK, SHIFTED_ID, YEARS, Search, marked, plant, read, write
from conftest import PROJECT, make_extract

COPIED = ("analyses", "macros", "models", "scripts", "seeds", "tests/generic", "tests/singular")
COPIED_FILES = ("dbt_project.yml", "profiles.yml", "selectors.yml")
BIN = Path(sys.executable).parent
NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
BUILD = ("dbt", "build", *NO_TESTS)
BUILD_WITH_DATA_TESTS = ("dbt", "build", "--exclude-resource-type", "unit_test")
RECORDS = ("dbt", "run", "--quiet", "--select", "+int_cin__records", "int_cin__unreadable_lines")
SCRIPTS = [
    ("scripts/write_report.py",),
    ("scripts/write_codebook.py",),
    ("scripts/export_marts.py", "--out", "../data/export"),
    ("scripts/write_release.py", "--out", "../data/release", "--profile", "dfe"),  # takes far less time than the other
]
LOOK = ("scripts/look.py", "--extract", "../extract")
HOLD_CHILDREN = ("extract", "data")  # the folders that may, and do
NO_SOCKETS = """
import os, socket
def refuse(*arguments, **options):
    with open(os.environ["SOCKETS_SEEN"], "a") as file:
        file.write("a socket was opened\\n")
    raise OSError("no network in this test")
for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.create_connection = refuse
"""


def can_cut_network() -> bool:
    """Whether a command can be run in a network of its own, which has no interface up."""
    return bool(shutil.which("unshare")) and subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0


CUT_OFF = ("unshare", "-rn") if can_cut_network() else ()


@dataclass
class Run:
    """One command: the kind of failure it is to meet, how it ended, and what it printed."""

    kind: str
    exit_code: int
    output: str


@dataclass
class Place:
    """A copy of the project, an extract, a folder for databases, a home and a temporary folder, all for a few runs."""

    root: Path
    runs: list[Run] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    @classmethod
    def made(cls, root: Path, extract: Path, like: Place | None = None) -> Place:
        """A new place; with the databases and the parsed project of another, if one is given."""
        place = cls(root)
        for name in ("home", "tmp", "printed", "no_sockets"):
            (root / name).mkdir(parents=True)
        (root / "no_sockets" / "sitecustomize.py").write_text(NO_SOCKETS)
        shutil.copytree(extract, place.extract)
        if like:
            shutil.copytree(like.project, place.project, ignore=shutil.ignore_patterns("logs", "*.html", "compiled", "run"))
            shutil.copytree(like.database.parent, place.database.parent, ignore=shutil.ignore_patterns("export"))
        else:
            place.database.parent.mkdir()
            for name in COPIED:
                shutil.copytree(PROJECT / name, place.project / name)
            for name in COPIED_FILES:
                shutil.copy(PROJECT / name, place.project)
        return place

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def extract(self) -> Path:
        return self.root / "extract"

    @property
    def database(self) -> Path:
        return self.root / "data" / "cin.duckdb"

    def printed(self, kind: str) -> Path:
        """Where the next command's output goes, but for the suffix."""
        return self.root / "printed" / f"{len(self.runs)}-{kind.replace('/', '_')}"

    def change(self, file: str, old: str, new: str) -> None:
        """Changes the project: the text must be there."""
        path = self.project / file
        text = path.read_text()
        assert old in text, f"{file} no longer holds what this test changes"
        path.write_text(text.replace(old, new, 1))

    def start(self, kind: str, *command: str, shell: str = "", **settings: str) -> subprocess.Popen:
        """Starts a command as a user would. shell: what the shell does before it, such as setting a limit."""
        program = [str(BIN / "dbt")] if command[0] == "dbt" else [sys.executable, command[0]]
        printed = self.printed(kind)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "PYTHONPATH": str(self.root / "no_sockets"),
            "SOCKETS_SEEN": str(self.root / "sockets_seen"),
            "PYTHONUNBUFFERED": "1",
            "CIN_EXTRACT_DIR": "../extract",  # the same in every place, so that dbt need not parse the project anew
            "CIN_DATABASE": "../data/cin.duckdb",
            "CIN_CENSUS_YEARS": ",".join(map(str, YEARS)),
            **settings,
        }
        with open(f"{printed}.stdout", "wb") as out, open(f"{printed}.stderr", "wb") as err:
            return subprocess.Popen(
                ["bash", "-c", f'umask 000; {shell} exec "$@"', "bash", *CUT_OFF, *program, *command[1:]],
                cwd=self.project, env=environment, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip

    def run(self, kind: str, *command: str, meets: str = "", shell: str = "", **settings: str) -> None:
        """Runs a command to its end, which is an error that says `meets`; or success, if that is empty."""
        process = self.start(kind, *command, shell=shell, **settings)
        run = self.ended(kind, process.wait(timeout=300))
        if bool(meets) == (run.exit_code == 0) or meets.lower() not in run.output.lower():
            self.surprises.append(f"{kind}: " + run.output.lower().replace(MARK, "***")[-600:])

    def ended(self, kind: str, exit_code: int) -> Run:
        """Notes that a command has ended."""
        printed = [Path(f"{self.printed(kind)}.{stream}").read_text(errors="replace") for stream in ("stdout", "stderr")]
        output = re.sub(r"\s+", " ", "".join(printed))
        self.runs.append(Run(kind, exit_code, output))
        return self.runs[-1]

    def files_to_search(self) -> Iterator[Path]:
        """All files of the place but those that may hold children."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.relative_to(self.root).parts[0] not in HOLD_CHILDREN:
                yield path


# Files that are not what they should be: each spoils the extract folder in its way


def main_file(folder: Path) -> Path:
    return folder / f"cin_{YEARS[1]}.csv"


def lines_of(folder: Path) -> list[str]:
    return main_file(folder).read_text(encoding="utf-8").splitlines()


def rewrite(folder: Path, lines: list[str]) -> None:
    main_file(folder).write_text("\n".join(lines) + "\n", encoding="utf-8")


def binary(folder):
    main_file(folder).write_bytes(b"\x7fELF\x00\x01" + f"{MARK}\0".encode() * 999)


def truncated_gzip(folder):
    packed = gzip.compress(main_file(folder).read_bytes())
    Path(f"{main_file(folder)}.gz").write_bytes(packed[: len(packed) // 2])
    main_file(folder).unlink()


def wrong_delimiter(folder):
    main_file(folder).write_text(main_file(folder).read_text(encoding="utf-8").replace(",", "#"), encoding="utf-8")


def missing_column(folder):
    rows = read(main_file(folder))
    write(main_file(folder), [{key: value for key, value in row.items() if key != "CIN_CINClosureDate"} for row in rows])


def extra_column(folder):
    write(main_file(folder), [{**row, f"{MARK} 7": "1"} for row in read(main_file(folder))])


def no_header(folder):
    rewrite(folder, lines_of(folder)[1:])


def header_and_first_row_in_one_line(folder):
    first, second, *rest = lines_of(folder)
    rewrite(folder, [f"{first},{second}", *rest])


def header_among_the_data(folder):
    lines = lines_of(folder)
    rewrite(folder, [*lines[:9], lines[0], *lines[9:]])


def header_twice_the_same(folder):
    rewrite(folder, [line + ("," + line.split(",")[2]) for line in lines_of(folder)])


def columns_shifted(folder):
    """The header is right, but an id stands where the year should."""
    first, *rest = lines_of(folder)
    rewrite(folder, [first, *(f"{SHIFTED_ID},{line.rsplit(',', 1)[0]}" for line in rest)])


def another_year_label(folder):
    first, second, *rest = lines_of(folder)
    rewrite(folder, [first, second.replace("2013/2014", marked("label", 1)), *rest])


def unclosed_quotation_mark(folder):
    lines = lines_of(folder)
    rewrite(folder, [*lines[:9], '"' + lines[9], *lines[10:]])


def endless_line(folder):
    lines = lines_of(folder)
    rewrite(folder, [*lines[:9], MARK * 300_000, *lines[9:]])


def utf_16(folder):
    main_file(folder).write_text(main_file(folder).read_text(encoding="utf-8"), encoding="utf-16")


def broken_utf_8(folder):
    whole = main_file(folder).read_bytes()
    main_file(folder).write_bytes(whole.replace(f"{MARK}-id".encode(), f"\xc3\x28{MARK}-id".encode("latin-1")))


def as_parquet(folder, replaced: str = "") -> Path:
    source, target = main_file(folder), main_file(folder).with_suffix(".parquet")
    with duckdb.connect() as connection:
        rows = f"select * {replaced} from read_csv('{source}', all_varchar = true, strict_mode = false, ignore_errors = true)"
        connection.execute(f"copy ({rows}) to '{target}' (format parquet, compression uncompressed)")
    source.unlink()
    return target


def parquet_with_broken_utf_8(folder):
    path = as_parquet(folder)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(f"{MARK}-pmr".encode(), f"{MARK}\xff\xfe\xff\xfe".encode("latin-1")))


def parquet_with_a_damaged_page(folder):
    path = as_parquet(folder)
    whole = bytearray(path.read_bytes())
    for place in range(len(whole) // 10, len(whole) * 6 // 10, 500):
        whole[place : place + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(whole)


def parquet_with_typed_columns(folder):
    """A date column holds dates: that is no fault, and everything is read as text."""
    as_parquet(folder, f"replace (date '{ANCIENT[0]}' as CIN_CINReferralDate)")


def text_named_parquet(folder):
    main_file(folder).rename(main_file(folder).with_suffix(".parquet"))


def all_years_without_header(folder):
    for dataset in ("cin", "cin_disabilities"):
        rows = [line for year in YEARS for line in (folder / f"{dataset}_{year}.csv").read_text().splitlines()[1:]]
        for year in YEARS:
            (folder / f"{dataset}_{year}.csv").unlink()
        (folder / f"{dataset}.csv").write_text("\n".join([rows[0].replace("2008/2009", "CIN_ACADYR"), *rows]))


def unreadable_statement(folder):
    (folder / "about_this_extract.csv").write_text(f'key,value\n{MARK},"{MARK}\nsampling_fraction,{MARK},{MARK}\n')


# what is wrong with the file, the command, and what must be in its output; nothing: the build goes on
WRONG_FILES = [
    (binary, BUILD, "should be separated by commas"),
    (truncated_gzip, BUILD, "is damaged or cut short"),
    (wrong_delimiter, BUILD, "should be separated by commas"),
    (missing_column, RECORDS, ""),
    (extra_column, RECORDS, ""),
    (no_header, BUILD, "lacks CIN_ACADYR"),
    (header_and_first_row_in_one_line, BUILD, "has no row with as many columns as its header has names"),
    (header_among_the_data, RECORDS, ""),
    (header_twice_the_same, BUILD, "has the same column twice"),
    (columns_shifted, BUILD, "has an unreadable year in"),
    (another_year_label, RECORDS, ""),
    (unclosed_quotation_mark, RECORDS, ""),
    (endless_line, RECORDS, ""),
    (utf_16, RECORDS, ""),
    (broken_utf_8, RECORDS, ""),
    (parquet_with_broken_utf_8, BUILD, "cannot be read"),
    (parquet_with_a_damaged_page, BUILD, "cannot be read"),
    (parquet_with_typed_columns, RECORDS, ""),
    (text_named_parquet, BUILD, "cannot be read"),
    (all_years_without_header, BUILD, "and no other header shows what it holds"),
    (unreadable_statement, RECORDS, "should say once how large a sample"),
]


def meet_wrong_files(place: Place, n: int, of: int) -> None:
    """Every so many-th wrong file, delivered."""
    whole = place.root / "extract_as_it_was"
    place.extract.rename(whole)
    for spoil, command, fragment in WRONG_FILES[n::of]:
        shutil.copytree(whole, place.extract)
        spoil(place.extract)
        place.run(f"look:{spoil.__name__}", *LOOK, meets=fragment if command is BUILD else "")
        place.run(f"file:{spoil.__name__}", *command, meets=fragment)
        shutil.rmtree(place.extract)
    whole.rename(place.extract)


# A sound build, and all that is made of it


def meet_no_failure(place: Place) -> None:
    place.run("build with data tests", *BUILD_WITH_DATA_TESTS)
    place.run("docs", "dbt", "docs", "generate", "--static")


def make_all_outputs(place: Place) -> None:
    place.run("look.py", *LOOK)
    for script in SCRIPTS:
        place.run(script[0].split("/")[1], *script)
    place.run("judge again", "dbt", "build", "--selector", "judge_again", "--exclude-resource-type", "unit_test")
    debug = ("dbt", "--debug", "--log-level", "debug", "--log-format-file", "json", "--print")
    place.run("debug", *debug, "run", "--select", "stg_cin__2014", "int_cin__children", "child_years")
    place.run("compile", "dbt", "compile")


# The project changed

STAGED = "{{ ref('stg_cin__2014') }}"
VALUE_ERRORS = {
    "a bare cast": f"select cast(local_child_id as date) as x from {STAGED}",
    "a bare parse": f"select strptime(local_child_id, '%d/%m/%Y') as x from {STAGED}",
    "a call of error()": f"select error(local_child_id) as x from {STAGED}",
    "a number out of range": f"select cast(hash(local_child_id) as tinyint) as x, error(pupil_matching_ref) from {STAGED}",
    "a value that is no pattern": f"select regexp_matches(local_child_id, '(' || local_child_id) as x from {STAGED}",
    "a violated key": "{{ config(pre_hook=\"create or replace temp table keys (id varchar primary key); insert into keys "
    f"select local_child_id from {STAGED} where local_child_id is not null\") }}}} select 1 as x",
    "a failing query of a macro": "{% do run_query('select cast(local_child_id as date) from ' ~ ref('stg_cin__2014')) %}"
    "select 1 as x",
}  # fmt: skip
RECORDS_MODEL = "models/intermediate/records/int_cin__rows_read.sql"
CHILDREN_MODEL = "models/marts/cohorts/children.sql"


def meet_a_changed_project(place: Place) -> None:
    sound = {file: (place.project / file).read_text() for file in (RECORDS_MODEL, CHILDREN_MODEL)}
    run_records = ("dbt", "run", "--select", "int_cin__rows_read")
    for kind, sql in VALUE_ERRORS.items():
        (place.project / RECORDS_MODEL).write_text(sql)
        place.run(f"sql:{kind}", *run_records, meets="message is withheld")
    place.run("sql:debug", "dbt", "--debug", *run_records[1:], meets="message is withheld")
    (place.project / RECORDS_MODEL).write_text(f"select no_such_column from {STAGED}")
    place.run("sql:unknown column", *run_records, meets="no_such_column")
    (place.project / RECORDS_MODEL).write_text(sound[RECORDS_MODEL])

    (place.project / CHILDREN_MODEL).write_text("select 1 as child_id")
    place.run("contract broken", "dbt", "run", "--select", "children", meets="contract")
    twice = f"with once as ({sound[CHILDREN_MODEL]}) select * from once union all select * from once"
    (place.project / CHILDREN_MODEL).write_text(twice)
    place.run("uniqueness broken", *BUILD_WITH_DATA_TESTS, "--select", "children", meets="unique_together")

    (place.project / "tests/singular/a_cast.sql").write_text(
        f"select 1 as x from {STAGED} where cast(local_child_id as date) > date '1900-01-01'"
    )
    place.run("test that cannot run", "dbt", "test", "--select", "a_cast", meets="message is withheld")
    place.change("models/intermediate/records/_unit_tests.yml", "8,2014,AUT,no_local_child_id", "8,2014,AUT,no_child")
    unit_test = "r1__disability_records__every_row_is_kept_with_its_reason"
    place.run("unit test broken", "dbt", "test", "--select", unit_test, meets="→")


# The machine fails


def meet_a_failing_machine(place: Place) -> None:
    profile = (place.project / "profiles.yml").read_text()
    temporary = re.search(r"temp_directory: .*", profile)[0]
    place.change("profiles.yml", "'CIN_MEMORY_LIMIT', '2GB'", "'CIN_MEMORY_LIMIT', '12MB'")
    place.change("profiles.yml", temporary, 'temp_directory: ""')
    place.run("out of memory", *BUILD, meets="Out of Memory")
    (place.project / "profiles.yml").write_text(profile)
    for path in place.database.parent.glob("cin.duckdb*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)
    place.run("disk full", *BUILD, shell="ulimit -f 6000;", meets="Error")
    place.run("path that cannot be", *BUILD, meets="Error", CIN_DATABASE="../extract/cin_2014.csv/cin.duckdb")

    shutil.rmtree(place.database.parent)
    place.database.parent.mkdir()
    process = place.start("killed", *BUILD)
    printed = Path(f"{place.printed('killed')}.stdout")
    while process.poll() is None and not re.search(r"[67]\d of \d+ START", printed.read_text()):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert place.ended("killed", process.wait()).exit_code == -signal.SIGKILL


def meet_broken_databases(place: Place) -> None:
    """After the kill: a database of which half is there; then one that is none, one that is cut short, one that is locked."""
    for script in SCRIPTS:
        place.run(f"{script[0]} of a killed build", *script, meets="did not come to its end")
    whole = place.database.read_bytes()
    for kind, content in (("cut short", whole[: len(whole) // 2]), ("no database", f"{MARK}\n".encode() * 9999)):
        place.database.write_bytes(content)
        for command in (*SCRIPTS, BUILD):
            place.run(f"{command[0]} of one {kind}", *command, meets="Error")
    place.database.unlink()
    Path(f"{place.database}.work").unlink()
    with duckdb.connect(str(place.database)):
        for script in SCRIPTS:
            place.run(f"{script[0]} of one locked", *script, meets="lock")
        place.run("dbt of one locked", *BUILD, meets="is open in another program")
    for script in SCRIPTS:
        place.run(f"{script[0]} of one empty", *script, meets="did not come to its end")


def meet_broken_rules(place: Place) -> None:
    """Every third referral has no date that can be read: a rule of severity error stops the build."""
    rows = read(main_file(place.extract))
    write(main_file(place.extract), [
        {**row, "CIN_CINReferralDate": f"31.02.2014{marked('x', n)}"} if n % 3 == 0 else row for n, row in enumerate(rows)
    ])  # fmt: skip
    place.run("rejections above the threshold", *BUILD_WITH_DATA_TESTS, meets="rule_holds_dq_rule_years_dfe_8600")


@pytest.fixture(scope="module")
def extract(tmp_path_factory) -> Path:
    """An extract of two census years with canaries in every column."""
    folder = tmp_path_factory.mktemp("canaries") / "extract"
    make_extract(folder, "--share", "0.0005", "--years", f"{YEARS[0]}-{YEARS[1]}")
    shutil.rmtree(folder / "truth")
    for path in folder.glob("cin_*"):
        if not path.stem.endswith(tuple(map(str, YEARS))):
            path.unlink()
    assert plant(folder) > 200
    return folder


@pytest.fixture(scope="module")
def sound(extract, tmp_path_factory) -> Place:
    """A place in which the extract was built and documented."""
    place = Place.made(tmp_path_factory.mktemp("sound"), extract)
    meet_no_failure(place)
    return place


@pytest.fixture(scope="module")
def places(extract, sound, tmp_path_factory) -> list[Place]:
    """The places in which all was made to fail."""

    def in_a_place(name: str, *meetings: Callable[[Place], None]) -> Place:
        place = Place.made(tmp_path_factory.mktemp(name), extract, sound)
        for meet in meetings:
            meet(place)
        return place

    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(in_a_place, "files_1", lambda place: meet_wrong_files(place, 0, 2)),
            pool.submit(in_a_place, "files_2", lambda place: meet_wrong_files(place, 1, 2)),
            pool.submit(in_a_place, "project", meet_a_changed_project),
            pool.submit(in_a_place, "machine", meet_a_failing_machine, meet_broken_databases),
            pool.submit(in_a_place, "rules", meet_broken_rules),
            pool.submit(make_all_outputs, sound),
        ]
        return [job.result() or sound for job in jobs]


def searched(places: list[Place]) -> Search:
    search = Search()
    for place in places:
        search.look(place.root.parent, place.files_to_search())
    return search


def test_no_byte_of_a_child_is_where_it_should_not_be(places, capsys):
    search = searched(places)
    kinds = {run.kind for place in places for run in place.runs}
    summary = f"{len(kinds)} kinds of run, {search.n_files} files, {search.n_bytes:,} bytes searched, {len(search.hits)} hits"
    with capsys.disabled():
        print(f"\n{summary}")
    assert search.hits == {}
    assert len(kinds) >= 60 and search.n_files > 3000 and search.n_bytes > 8e7


def test_every_run_met_what_it_was_to_meet(places):
    assert [surprise for place in places for surprise in place.surprises] == []


def test_the_canaries_are_in_the_database(sound, monkeypatch):
    monkeypatch.chdir(sound.project)
    with duckdb.connect(str(sound.database), read_only=True) as connection:
        connection.execute(f"attach '{sound.database}.work' as cin_work (read_only)")
        found = connection.execute(
            f"select (select count(*) from child_identifiers where la_child_id like '%{MARK}%'),"
            f"(select count(*) from episodes where year(referral_date) = 1931),"
            f"(select count(*) from cin_work.staging.stg_cin__2009 where service_type like '%{MARK}%'),"
            f"(select count(*) from cin_work.staging.stg_cin__disabilities where disability_code like '%{MARK.upper()}%')"
        ).fetchone()
    assert all(n >= low for n, low in zip(found, (150, 40, 1, 30), strict=True)), found


def test_the_search_finds_what_an_unguarded_project_prints(extract, sound, tmp_path):
    """The control: without the guard, one bare cast writes a child's id to the terminal, the log and the run results."""
    place = Place.made(tmp_path / "control", extract, sound)
    place.change("scripts/extract_reader.py", "        hush_dbt()\n", "")
    (place.project / RECORDS_MODEL).write_text(VALUE_ERRORS["a bare cast"])
    place.run("unguarded", "dbt", "run", "--select", "int_cin__rows_read", meets="Conversion Error")
    hits = searched([place]).hits
    assert {Path(path).name for path in hits} == {"0-unguarded.stdout", "dbt.log", "run_results.json"}


def test_dbt_show_prints_rows_as_its_name_says(extract, sound, tmp_path):
    """What SECURITY.md warns of: whoever asks for rows gets rows, on the terminal."""
    place = Place.made(tmp_path / "show", extract, sound)
    query = f"select la_child_id from {{{{ ref('child_identifiers') }}}} where la_child_id like '%{MARK}%'"
    place.run("show", "dbt", "show", "--inline", query)
    assert "0-show.stdout" in {Path(path).name for path in searched([place]).hits}


@pytest.mark.skipif(not CUT_OFF, reason="this machine gives no network namespace of its own (unshare -rn)")
def test_all_was_done_without_a_network(places):
    assert all(run for place in places for run in place.runs)


def test_no_socket_was_opened(places):
    assert [place.root.name for place in places if (place.root / "sockets_seen").exists()] == []


def test_what_holds_children_is_for_its_owner_alone(places):
    """Whatever the umask: databases, export, spilled blocks, private copies, and logs and target beside them."""
    found = set()
    for place in places:
        for folder in (place.database.parent, place.project / "logs", place.project / "target"):
            for path in (folder, *folder.rglob("*")):
                if path != place.database.parent and stat.S_IMODE(path.stat().st_mode) & 0o077:
                    found.add(str(path.relative_to(place.root)))
    assert sorted(found) == []
