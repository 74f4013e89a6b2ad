"""England in a minute: what the project costs, beside the least that is possible and beside Polars.

    .venv/bin/python benchmarks/benchmark.py                              1 %, 10 %, 1 and 4 x synthetic England: over two hours
    .venv/bin/python benchmarks/benchmark.py --scales 0.01 --dry          a quick look: prints, writes nothing
    .venv/bin/python benchmarks/benchmark.py --scales 1 --memory-limit 1GB

    .venv/bin/python benchmarks/benchmark.py --without-truth              as a real delivery: nothing to hold results against

Programs, each in a process of its own, with a fresh database, on two processors:

    floor           DuckDB reads the main files, typed, into one table (benchmarks/floor.py)
    start           dbt reads the project and does nothing (dbt parse): what any run of dbt costs first
    build           dbt build: every table, every quality rule, every unit and data test
    without_tests   the same without tests
    added_year      the same, into a database that holds all census years but the newest, which was just delivered
    shared          only what Polars computes too (the selector `shared_work`)
    polars          benchmarks/cleaning_polars.py

All programs take turns, round by round, so that whatever else the machine does hits all alike. The tables of Polars
are compared with the project's, value by value, and those of the database to which a year was added with those of a whole
build; a difference ends the benchmark. Above England only the floor and the build without tests run: Polars would
not fit into memory, and DuckDB has 6 GB. The results go between the marks in models/docs/performance.md, and each measurement
into results.json in the folder of the benchmark.
"""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
PAGE = PROJECT / "models" / "docs" / "performance.md"
PROGRAMS = ["floor", "start", "build", "without_tests", "added_year", "shared", "polars"]
ABOVE_ENGLAND = {"floor", "start", "without_tests"}
MEMORY_ABOVE_ENGLAND = "6GB"  # the default is made for England
NO_TESTS = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
NAMES = {
    "floor": "floor: DuckDB reads the files",
    "start": "dbt reads the project",
    "build": "`dbt build`, with all tests and rules",
    "without_tests": "`dbt build` without tests",
    "added_year": "the same, when the newest year is added",
    "shared": "the project's shared work",
    "polars": "Polars, the same tables",
}
RATIOS = [  # what, measure, above the line, below
    ("`dbt build` without tests / floor, CPU", "cpu", "without_tests", "floor"),
    ("`dbt build` with tests / without, CPU", "cpu", "build", "without_tests"),
    ("`dbt build`, newest year added / of all years, CPU", "cpu", "added_year", "without_tests"),
    ("`dbt build`, newest year added / of all years, seconds", "wall", "added_year", "without_tests"),
    ("shared work / Polars, CPU", "cpu", "shared", "polars"),
    ("shared work less start / Polars, CPU", "cpu_less_start", "shared", "polars"),
    ("shared work / Polars, memory", "memory", "shared", "polars"),
    ("`dbt build` / floor, memory", "memory", "build", "floor"),
]


@dataclass(frozen=True)
class Run:
    """One program, run once: seconds of the clock, CPU seconds of all its processes, gigabytes at the peak of the largest."""

    scale: float
    round: int
    program: str
    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Facts:
    """What an extract holds, and its size in bytes: all its files, the same as Parquet, the databases that a build writes."""

    n_rows: int
    csv: int
    parquet: int
    database: int | None = None
    work: int | None = None


# ---------------------------------------------------------------- running programs


def on_two_processors() -> None:
    """Lets this process and all that it starts use two processors, whatever the machine has."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


def measure(command: list[str], environment: dict[str, str], log: Path) -> tuple[float, float, float]:
    """Runs a command: seconds, CPU seconds of it and its children, and gigabytes. Ends the benchmark if it fails."""
    start = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {process.returncode}; see {log}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2


def apart(function: Callable, *arguments: object) -> object:
    """What a function answers, called in another process: what this one holds would count as memory of the programs it starts."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def command_of(program: str, extract: Path, home: Path, memory_limit: str | None) -> list[str]:
    """The command that runs a program, with its results in the folder `home`."""
    if program == "floor":
        limit = ["--memory-limit", memory_limit] if memory_limit else []
        return [sys.executable, str(HERE / "floor.py"), "--extract", str(extract), "--database", str(home / "cin.duckdb"), *limit]
    if program == "polars":
        ties = ["--ties", str(home.parent / "ties")] if (home.parent / "ties").exists() else []
        return [sys.executable, str(HERE / f"cleaning_{program}.py"), "--extract", str(extract), "--out", str(home), *ties]
    arguments = {
        "start": ["parse"],
        "build": ["build"],
        "without_tests": ["build", *NO_TESTS],
        "added_year": ["build", *NO_TESTS],
        "shared": ["build", "--selector", "shared_work"],
    }[program]
    places = ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    dbt = str(Path(sys.executable).with_name("dbt"))
    return [dbt, "--quiet", *arguments, *places]


def open_the_gate(database: Path) -> None:
    """Some tables wait for the quality rules, which the shared work leaves out: an empty table stands for them."""
    import duckdb

    with duckdb.connect(str(database)) as connection:
        connection.execute("create table dq_rule_years (census_year smallint)")


def run(program: str, extract: Path, home: Path, memory_limit: str | None) -> tuple[float, float, float]:
    """Runs a program afresh: what `measure` says of it. memory_limit: of DuckDB, as 6GB; None for the project's own."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    if program == "shared":
        apart(open_the_gate, home / "cin.duckdb")
    settings = {
        "CIN_EXTRACT_DIR": str(extract), "CIN_DATABASE": str(home / "cin.duckdb"), "CIN_CENSUS_YEARS": "",
        "CIN_PSEUDONYM_KEY": "", "CIN_DATABASE_KEY": "", "POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2",
    }  # fmt: skip
    if memory_limit:
        settings["CIN_MEMORY_LIMIT"] = memory_limit
    command, log = command_of(program, extract, home, memory_limit), home.parent / f"{program}.log"
    if program == "added_year":
        years = years_of(extract)
        measure(command, settings | {"CIN_CENSUS_YEARS": ",".join(map(str, years[:-1]))}, log)
        shutil.rmtree(home / "target")  # all programs of dbt begin by reading the project
    return measure(command, settings, log)


# ---------------------------------------------------------------- extracts, and whether all agree


def make_extract(scale: float, years: str, folder: Path) -> Path:
    """A synthetic extract that stands for a share of England; one that is there already is used again."""
    script = PROJECT / "scripts" / "make_synthetic_extract.py"
    subprocess.run([sys.executable, str(script), "--out", str(folder), "--share", f"{scale:g}", "--years", years], check=True)
    return folder


def without_truth(extract: Path, folder: Path) -> Path:
    """A folder with the same files as an extract, and without its truth: as a real delivery comes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in extract.iterdir():
        if path.is_file():
            (folder / path.name).symlink_to(path.resolve())
    return folder


def years_of(extract: Path) -> list[int]:
    """The census years of an extract, in order."""
    return sorted(int(path.stem.removeprefix("cin_")) for path in extract.glob("cin_[0-9]*.csv"))


def find_facts(extract: Path, scratch: Path) -> Facts:
    """Rows of the main files; bytes of all files, as they are and as Parquet (zstd)."""
    import duckdb

    files = sorted(extract.glob("cin_*[0-9].csv"))
    n_rows = parquet = 0
    for path in files:
        read = f"from read_csv('{path}', all_varchar = true, header = true, delim = ',')"
        copy = duckdb.execute(f"copy ({read}) to '{scratch}' (format parquet, compression zstd)")
        (n_copied,) = copy.fetchone()
        n_rows += 0 if "disabilities" in path.name else n_copied
        parquet += scratch.stat().st_size
    scratch.unlink()
    return Facts(n_rows, sum(path.stat().st_size for path in files), parquet)


def find_differences(database: Path, folder: Path) -> list[str]:
    """Where a competitor's tables differ from the project's."""
    import comparison

    return comparison.differences(database, folder)


def find_ties(extract: Path, database: Path, folder: Path) -> dict[str, int]:
    """Writes what the project decided where records tie (D8)."""
    import comparison

    return comparison.write_ties(extract, database, folder)


def find_tables_that_differ(one: Path, other: Path) -> list[str]:
    """The tables that two builds do not have in common."""
    import comparison

    return comparison.tables_that_differ(one, other)


def check(program: str, database: Path | None, folder: Path) -> None:
    """Ends the benchmark if a competitor's tables, or those to which a year was added, are not the project's."""
    if database is None:
        print(f"{program}: not compared, since no build came before it", file=sys.stderr)
        return
    if program == "added_year":
        lines = apart(find_tables_that_differ, database, folder / "cin.duckdb")
    else:
        lines = apart(find_differences, database, folder)
    if lines:
        sys.exit(f"The tables of {program} are not the project's:\n" + "\n".join(lines))


def programs_at(scale: float, programs: list[str]) -> list[str]:
    """The programs that run at a scale."""
    return [program for program in programs if scale <= 1 or program in ABOVE_ENGLAND]


def times_of(target: Path) -> dict[str, float]:
    """Seconds by model, seed and test of a run of dbt."""
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {result["unique_id"]: result["execution_time"] for result in results}


def size(path: Path) -> int | None:
    """Bytes of a file; None if it is not there."""
    return path.stat().st_size if path.exists() else None


def benchmark_scale(scale: float, options: argparse.Namespace) -> tuple[list[Run], Facts, dict[str, float]]:
    """All rounds of one scale: the runs, the facts of the extract, and seconds by model and test."""
    home = options.folder / f"{scale:g}"
    home.mkdir(parents=True, exist_ok=True)
    extract = make_extract(scale, options.years, options.folder / f"extract_{scale:g}")
    if options.without_truth:
        extract = without_truth(extract, home / "delivery")
    shutil.rmtree(home / "ties", ignore_errors=True)
    facts = apart(find_facts, extract, home / "scratch.parquet")
    runs, times, reference = [], {}, None
    limit = options.memory_limit or (MEMORY_ABOVE_ENGLAND if scale > 1 else None)
    for number in range(1, options.repeats + 1):
        for program in programs_at(scale, options.programs):
            folder = home / program
            runs.append(Run(scale, number, program, *run(program, extract, folder, limit)))
            told = "scale {0.scale:g}, round {0.round}: {0.program} {0.wall:.1f} s, CPU {0.cpu:.1f} s, {0.memory:.2f} GB"
            print(told.format(runs[-1]), file=sys.stderr, flush=True)
            database = folder / "cin.duckdb"
            if program in ("build", "without_tests"):
                facts = Facts(facts.n_rows, facts.csv, facts.parquet, size(database), size(Path(f"{database}.work")))
            if program == "build" or (program == "without_tests" and not times):
                times = times_of(folder / "target")
            if program in ("build", "without_tests", "shared") and reference is None:
                reference = database
                if "polars" in programs_at(scale, options.programs):
                    apart(find_ties, extract, database, home / "ties")
            if program in ("polars", "added_year"):
                check(program, reference, folder)
            if database != reference and not options.keep:
                shutil.rmtree(folder)
    if not options.keep:
        shutil.rmtree(home)
        made = options.folder / f"extract_{scale:g}"
        if scale >= 1 and not made.is_symlink():  # a linked extract is somebody else's
            shutil.rmtree(made)
    return runs, facts, times


# ---------------------------------------------------------------- tables


def spread(values: list[float], places: int) -> str:
    """Median, least and greatest; one number if they are one."""
    low, high = f"{min(values):,.{places}f}", f"{max(values):,.{places}f}"
    middle = f"{median(values):,.{places}f}"
    return middle if low == high else f"{middle} ({low} to {high})"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def of(runs: list[Run], scale: float, program: str) -> list[Run]:
    """The runs of a program at a scale, in their order."""
    return [one for one in runs if (one.scale, one.program) == (scale, program)]


def scale_name(scale: float) -> str:
    """How a scale is told."""
    return "England" if scale == 1 else f"{scale:g} x England" if scale > 1 else f"{100 * scale:g} %"


def ratios(runs: list[Run], scale: float, measured: str, above: str, below: str) -> list[float]:
    """One ratio for each round in which both ran."""
    starts = of(runs, scale, "start") or of(runs, scale, above)
    found = []
    for one, other, start in zip(of(runs, scale, above), of(runs, scale, below), starts, strict=True):
        if measured == "cpu_less_start":
            found.append((one.cpu - start.cpu) / other.cpu)
        else:
            found.append(getattr(one, measured) / getattr(other, measured))
    return found


def run_table(runs: list[Run], facts: dict[float, Facts], programs: list[str]) -> list[str]:
    """One row per scale and program."""
    rows = []
    for scale, known in facts.items():
        for program in programs_at(scale, programs):
            own = of(runs, scale, program)
            over = ratios(runs, scale, "cpu", program, "floor") if "floor" in programs else []
            rows.append(
                [scale_name(scale), f"{known.n_rows:,}", NAMES[program], spread([one.wall for one in own], 1)]
                + [spread([one.cpu for one in own], 1), spread(over, 1) if over else "", spread([one.memory for one in own], 2)]
            )
    return table(["scale", "records", "program", "seconds", "CPU seconds", "CPU x floor", "memory, GB"], rows)


def ratio_table(runs: list[Run], scales: list[float], programs: list[str]) -> list[str]:
    """One row per ratio, one column per scale."""
    rows = []
    for name, measured, above, below in RATIOS:
        if {above, below, *(["start"] if measured == "cpu_less_start" else [])} <= set(programs):
            found = [
                ratios(runs, scale, measured, above, below) if {above, below} <= set(programs_at(scale, programs)) else []
                for scale in scales
            ]
            rows.append([name, *(spread(values, 2) if values else "" for values in found)])
    return table(["ratio", *map(scale_name, scales)], rows)


def slope(xs: list[float], ys: list[float]) -> float:
    """The slope of the line of least squares."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)


def growth_table(runs: list[Run], facts: dict[float, Facts], programs: list[str]) -> list[str]:
    """How CPU grows with records: the exponent over all scales, and from one scale to the next. 1 is in proportion."""
    scales = sorted(facts)
    rows = []
    for program in programs:
        if program == "start":
            continue
        points = [
            (math.log(facts[scale].n_rows), math.log(median(one.cpu for one in of(runs, scale, program))))
            for scale in scales
            if program in programs_at(scale, programs)
        ]
        steps = [f"{slope(*map(list, zip(*points[at : at + 2], strict=True))):.2f}" for at in range(len(points) - 1)]
        steps += [""] * (len(scales) - len(points))
        rows.append([NAMES[program], f"{slope(*map(list, zip(*points, strict=True))):.2f}", *steps])
    steps = [f"{scale_name(one)} to {scale_name(next_one)}" for one, next_one in zip(scales, scales[1:], strict=False)]
    return table(["program", "over all", *steps], rows)


def size_table(facts: dict[float, Facts]) -> list[str]:
    """Bytes in, bytes out."""
    rows = []
    for scale, known in facts.items():
        mega = [f"{size / 1e6:,.0f}" for size in (known.csv, known.parquet)]
        if known.database is not None:
            both = known.database + known.work
            mega += [f"{size / 1e6:,.0f}" for size in (known.database, known.work)]
            mega += [f"{both / known.csv:.2f}", f"{both / known.parquet:.1f}"]
        else:
            mega += [""] * 4
        rows.append([scale_name(scale), *mega])
    head = ["scale", "CSV, MB", "as Parquet (zstd), MB", "database, MB", "work file, MB", "both / CSV", "both / Parquet"]
    return table(head, rows)


def time_table(times: dict[str, float], n_shown: int = 15) -> list[str]:
    """What took longest: models, seeds and tests, with their share of the time of all."""
    total = sum(times.values())
    longest = sorted(times.items(), key=lambda item: -item[1])
    rows = []
    for unique_id, seconds in longest[:n_shown]:
        kind, _, name, *unit_test = unique_id.split(".")
        name = unit_test[0] if kind == "unit_test" else name
        rows.append([kind.replace("_", " "), f"`{name}`", f"{seconds:.1f}", f"{100 * seconds / total:.1f}"])
    rest = [seconds for _, seconds in longest[n_shown:]]
    rows.append(["", f"{len(rest)} others", f"{sum(rest):.1f}", f"{100 * sum(rest) / total:.1f}"])
    for kind in ("model", "seed", "test", "unit_test"):
        own = [seconds for unique_id, seconds in times.items() if unique_id.startswith(f"{kind}.")]
        if own:
            rows.append(
                [f"every {kind.replace('_', ' ')}", f"{len(own)} in all", f"{sum(own):.1f}", f"{100 * sum(own) / total:.1f}"]
            )
    return table(["kind", "name", "seconds", "% of all"], rows)


def put_between(text: str, mark: str, lines: list[str]) -> str:
    """The text with the lines in place of what stood between the two marks, which no page shows: links to nothing."""
    begin, end = f"[//]: # ({mark}: begin)", f"[//]: # ({mark}: end)"
    before, _, rest = text.partition(begin)
    return before + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + rest.partition(end)[2]


def machine() -> str:
    """What the measurements were made on, in a sentence."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    def known(package: str) -> str:
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            return f"no {package}"

    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    packages = ", ".join(map(known, ["dbt-core", "duckdb", "polars"]))
    name = cpu.group(1) if cpu else platform.machine()
    return f"Two processors of {name}, {gigabytes:.0f} GB of memory. Python {platform.python_version()}, {packages}."


def how_measured(options: argparse.Namespace) -> str:
    """The machine, the rounds and the kind of extract, in sentences."""
    rounds = "One round." if options.repeats == 1 else f"{options.repeats} rounds: the median, and the least and the greatest."
    truth = (
        "The extract came without its truth, so there is no evaluation."
        if options.without_truth
        else ("The extract came with its truth, so every build makes the evaluation too, which real data do not have.")
    )
    return f"{machine()} {rounds} {truth}"


def main() -> int:
    """Exit code 0 if every program ran, and all agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", type=float, nargs="+", default=[0.01, 0.1, 1, 4], help="1 is England (default 0.01 0.1 1 4)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, default=PROGRAMS)
    parser.add_argument("--years", default="2009-2016", help="census years (default 2009-2016, those of the paper)")
    parser.add_argument("--without-truth", action="store_true", help="as with real data: leave out the evaluation")
    parser.add_argument("--memory-limit", help="of DuckDB, as 1GB (default: the project's; above England 6GB)")
    parser.add_argument("--folder", type=Path, default=PROJECT / "data" / "benchmark", help="for extracts and databases")
    parser.add_argument("--out", type=Path, default=PAGE, help="page to write the tables into")
    parser.add_argument("--keep", action="store_true", help="keep databases, logs and extracts")
    parser.add_argument("--dry", action="store_true", help="print the tables, and leave the page as it is")
    options = parser.parse_args()
    options.programs = [program for program in PROGRAMS if program in options.programs]
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    on_two_processors()

    runs, facts, times = [], {}, {}
    for scale in sorted(options.scales):
        scale_runs, facts[scale], scale_times = benchmark_scale(scale, options)
        runs += scale_runs
        times = times if scale > 1 and times else scale_times or times  # with tests if there are any: those of England
        measured = {"machine": machine(), "runs": [asdict(one) for one in runs], "seconds": times}
        measured["facts"] = {f"{key:g}": asdict(known) for key, known in facts.items()}
        (options.folder / "results.json").write_text(json.dumps(measured, indent=1), encoding="utf-8")
    scales = sorted(facts)
    tables = {
        "machine": [how_measured(options)],
        "runs": run_table(runs, facts, options.programs),
        "ratios": ratio_table(runs, scales, options.programs),
        "growth": growth_table(runs, facts, options.programs) if len(scales) > 1 else ["Measured at one scale only."],
        "sizes": size_table(facts),
        "times": time_table(times) if times else ["Not measured."],
    }
    for lines in tables.values():
        print("\n".join([*lines, ""]))
    if not options.dry:
        text = options.out.read_text(encoding="utf-8")
        for mark, lines in tables.items():
            text = put_between(text, mark, lines)
        options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
