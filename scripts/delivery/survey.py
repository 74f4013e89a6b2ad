"""What an extract folder holds: each file known by its header, its columns by the crosswalk, its years by its rows (R26).

Nothing here raises: what stops a build is told as one sentence. No value of a child is kept, only counts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from quiet import open_database

from . import crosswalk, values
from .texts import DAMAGED, DELIMITERS, Unusable, private_copy, text_facts

LONGEST_NUMBER = {"birth_year": 4, "sex_code": 2, "is_no_further_action": 2}  # characters; more where programs write 1.0 for 1
SPREADSHEET_LENGTHS = (65_536, 1_048_576)  # lines that a spreadsheet holds
BIRTH_HEADERS = ("birth_month", "birth_year")
BIRTH_KEYS = ("academic_year_label", "local_authority_code", "local_child_id", "referral_date")
IDENTIFIERS = ("local_child_id", "pupil_matching_ref")
ENOUGH_HEADERS = 3  # names of census columns that show a file to be of the census
OWN_FILES = ("about_this_extract.csv", "readme.txt", "readme.md")
YEARS_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_ ]?((?:20)?\d\d))?(?!\d)")
SOUNDS_LIKE_A_HEADER = re.compile(r"(?=.{1,60}$)(?!.* \d)[A-Za-z][A-Za-z_. ]*(\d{1,2}[A-Za-z_. ]*){0,2}")


@dataclass
class File:
    """A delivered file. Positions count from 0; `columns` has for each harmonised column the positions it may be read from."""

    path: Path
    dataset: str | None = None  # cin, cin_disabilities, births; none if it is no census file
    facts: dict = field(default_factory=dict)
    columns: dict[str, list[int]] = field(default_factory=dict)
    profile: dict = field(default_factory=dict)
    years: list[int] = field(default_factory=list)  # the census years that it lands
    problem: str | None = None

    @property
    def header(self) -> list[str]:
        """The names of its columns, as delivered."""
        return self.facts.get("header", [])

    @property
    def unknown(self) -> list[int]:
        """The columns that the crosswalk does not know."""
        known = {position for positions in self.columns.values() for position in positions}
        return [position for position in range(len(self.header)) if position not in known]

    @property
    def year_of_name(self) -> int | None:
        """The census year that its name tells: cin_2014, CIN_2013-14. None for a span of years, or no year at all."""
        found = YEARS_IN_NAME.findall(self.path.name.split(".")[0])
        if len(found) != 1:
            return None
        first, last = int(found[0][0]), found[0][1]
        if not last:
            return first
        return first + 1 if int(last) % 100 == (first + 1) % 100 else None

    @property
    def may_be_of_two_years(self) -> bool:
        """Whether its name, such as 2015_2016, could be that of one academic year or of two census years: its rows tell."""
        found = YEARS_IN_NAME.findall(self.path.name.split(".")[0])
        return len(found) == 1 and bool(found[0][1])

    @property
    def name_read(self) -> str | None:
        """The name under which DuckDB tells of unreadable lines. None for Parquet."""
        read_from = self.facts["read_from"]
        return Path(read_from).name if isinstance(read_from, str) else None

    def rows_by_year(self) -> dict[int | None, int]:
        """How many rows bear the label of each census year; None for those that bear no such label."""
        return {int(year) if year else None: n for year, n in self.profile["rows"].items()}


@dataclass
class Survey:
    """All that a folder holds, and what stops a build of it, if anything."""

    folder: Path
    files: list[File] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    problem: tuple[str, str] | None = None  # where, and the rest of the sentence
    hexadecimal: set[str] = field(default_factory=set)  # identifiers that are to be spelt in small letters
    lengths: dict[str, dict[str, int]] = field(default_factory=dict)  # by identifier and authority, the digits of a full id
    births: File | None = None

    def of(self, dataset: str) -> list[File]:
        """The files of a dataset."""
        return [file for file in self.files if file.dataset == dataset]

    def stop(self, where: Path | str, sentence: str) -> None:
        """Notes what stops the build, if nothing does yet."""
        self.problem = self.problem or (str(where), sentence)


def survey(
    folder: Path, copies: Path, asked: str = "", is_strict: bool = False, known_profiles: dict[str, dict] | None = None
) -> Survey:
    """Looks at every file of an extract folder.

    copies: a private folder for copies. asked: the census years asked for, as a setting has them. is_strict: whether an unknown
    column stops the build. known_profiles: what earlier surveys found in the rows of files, by digest.
    """
    found = Survey(folder)
    try:
        crosswalk.entries()
    except crosswalk.Slip as slip:
        found.stop(str(slip).partition(": ")[0], str(slip).partition(": ")[2])
        return found
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.name.lower() not in OWN_FILES and path.name != "truth" and not path.name.startswith("."):
                found.files.append(look_at(path, copies))
    tell_births_from_records(found)
    for file in found.files:
        if file.problem:
            found.stop(file.path, file.problem)
        elif file.dataset and not found.problem:
            complain_of_columns(found, file, is_strict)
    if found.problem:
        return found
    if not found.of("cin"):
        found.stop(
            folder,
            "holds no census files (cin_<year>.csv and the like), or does not exist; "
            "set CIN_EXTRACT_DIR to the extract folder, or make the synthetic extract with `make extract`",
        )
        return found
    for file in found.files:
        if file.dataset:
            look_into(found, file, known_profiles or {})
    if not found.problem:
        choose_years(found, asked)
    if not found.problem:
        decide_spellings(found)
    return found


def look_at(path: Path, copies: Path) -> File:
    """A file by its first lines: can it be read, and which columns does it have?"""
    file = File(path)
    suffix, is_compressed = suffixes(path)
    sounds_like_census = path.name.lower().startswith("cin")
    try:
        parts = parquet_parts(path) if path.is_dir() else []
        if path.is_dir() and not parts:
            if sounds_like_census:
                raise Unusable("is a folder, not a file; move its files into the extract folder itself")
            return file
        if not parts and suffix not in (*DELIMITERS, ".parquet"):
            if sounds_like_census:
                raise Unusable("is no format that is read here; deliver .csv, .txt or .parquet, or with .gz after it")
            return file
        if not parts and path.stat().st_size == 0:
            raise Unusable("is empty; ask for the file again")
        if suffix == ".parquet" or parts:
            readable = parts or [private_copy(path, copies, True) if is_compressed else path]
            file.facts = parquet_facts(readable)
        else:
            file.facts = text_facts(path, suffix, is_compressed, copies, n_census_headers)
        recognise(file)
        if sounds_like_census and not file.dataset:
            lacking = [name for name in crosswalk.NEEDED["cin"] if name not in file.columns]
            file.problem = (
                f"lacks {' and '.join(crosswalk.spelt(name, 'cin') for name in lacking)}, "
                "and no other header shows what it holds; move it out of the folder if it is no census file"
            )
    except Unusable as problem:
        file.problem = str(problem)
    except DAMAGED:
        file.problem = "is damaged or cut short (gzip); copy it again"
    except (OSError, duckdb.Error) as error:
        file.problem = f"cannot be read ({type(error).__name__}); check its permissions, or copy it again"
    except Exception as error:
        file.problem = f"has a header that cannot be read ({type(error).__name__}); save it again"
    if file.problem and not sounds_like_census and not file.dataset:
        file.problem = None  # not of the census: left alone
    return file


def suffixes(path: Path) -> tuple[str, bool]:
    """The format's suffix (`.csv`, `.txt`, `.parquet`) and whether the file is compressed by gzip."""
    names = [suffix.lower() for suffix in path.suffixes]
    is_compressed = names[-1:] == [".gz"]
    return "".join(names[-2:-1] if is_compressed else names[-1:]), is_compressed


def parquet_parts(folder: Path) -> list[Path]:
    """The parts of a Parquet file that is a folder, as cluster programs write it."""
    parts = [path for path in sorted(folder.rglob("*.parquet")) if path.is_file() and path.name[0] not in "._"]
    is_one_file = (
        folder.suffix.lower() == ".parquet" or (folder / "_SUCCESS").exists() or any(p.name.startswith("part") for p in parts)
    )
    return parts if is_one_file else []


def parquet_facts(paths: list[Path]) -> dict:
    """Facts about a Parquet file, or about the parts of one."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    with open_database() as connection:
        relation = connection.sql(f"from {parquet_scan(list(map(str, paths)))}")
        header, types = relation.columns, [str(kind) for kind in relation.types]
        if not relation.limit(1).fetchall():
            raise Unusable("holds a header and no rows; ask for the file again")
    return {
        "kind": "parquet",
        "read_from": list(map(str, paths)),
        "header": header,
        "types": types,
        "notes": [],
        "digest": digest.hexdigest(),
    }


def parquet_scan(paths: list[str]) -> str:
    """The table function call that reads Parquet files. A path is never a pattern."""
    listed = ", ".join(values.literal(no_pattern(path)) for path in paths)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def no_pattern(path: str) -> str:
    """A path in which DuckDB sees no pattern of names."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def clean(name: str) -> str:
    """A header as the crosswalk is asked for it: small letters, no blanks around."""
    return name.strip().lower()


def n_census_headers(names: list[str]) -> int:
    """How many names of a header are those of census columns."""
    known = {header for dataset in crosswalk.DATASETS for of_name in crosswalk.headers(dataset).values() for header in of_name}
    return len({clean(name) for name in names} & known)


def recognise(file: File) -> None:
    """Tells from a file's header what it holds, and which column is what."""
    names = [clean(name) for name in file.header]
    for dataset in crosswalk.DATASETS:
        columns = {}
        for variable, accepted in crosswalk.headers(dataset).items():
            positions = [names.index(header) for header in accepted if header in names]
            if positions:
                columns[variable] = positions
        needed = [name for name in crosswalk.NEEDED[dataset] if name in columns or name == "academic_year_label"]
        if len(needed) == len(crosswalk.NEEDED[dataset]):
            if dataset == "cin_disabilities" and len(names) - len(columns) > 6:
                continue  # a main file without a referral date, whose flag of disability has the same header
            file.dataset, file.columns = dataset, columns
            return
        if dataset == "cin":
            of_main = columns
    own = set(of_main) - set(BIRTH_KEYS)
    if len(own) >= ENOUGH_HEADERS or file.path.name.lower().startswith("cin"):
        file.columns = of_main
        lacking = [name for name in crosswalk.NEEDED["cin"] if name not in of_main and name != "academic_year_label"]
        if len(own) >= ENOUGH_HEADERS or len(lacking) < 3:
            file.dataset = "cin"
    elif set(of_main) >= {"local_child_id", "local_authority_code"} and set(BIRTH_HEADERS) & set(of_main):
        file.dataset, file.columns = "births", of_main


def tell_births_from_records(found: Survey) -> None:
    """A file with keys and births alone, beside files with more, says when the children of those were born."""
    births_only = {*BIRTH_KEYS, *BIRTH_HEADERS, "pupil_matching_ref", "is_unborn"}
    records = [file for file in found.of("cin") if not set(file.columns) <= births_only]
    for file in found.of("cin"):
        if records and set(file.columns) <= births_only and set(BIRTH_HEADERS) & set(file.columns):
            file.dataset = "births"
    if found.of("births"):
        found.births, *others = found.of("births")
        for file in others:
            found.stop(file.path, f"holds births, as {found.births.path.name} does; put both into one file")


def complain_of_columns(found: Survey, file: File, is_strict: bool) -> None:
    """Stops the build where a needed column is not there, one is there twice, or, if so set, where one is not known."""
    dataset = "cin" if file.dataset == "births" else file.dataset
    needed = crosswalk.NEEDED[dataset] if file.dataset != "births" else ("local_authority_code", "local_child_id")
    lacking = [
        name for name in needed if name not in file.columns and not (name == "academic_year_label" and file.year_of_name)
    ]
    if lacking:
        told = "; ".join(f"{name} ({crosswalk.spelt(name, dataset)} would do)" for name in lacking)
        found.stop(file.path, f"lacks a column that is needed: {told}; add it, or put the header into seeds/crosswalk.csv")
    names = [clean(name) for name in file.header]
    twice = [n + 1 for n, name in enumerate(names) if names.count(name) > 1 and n not in file.unknown]
    if twice:
        found.stop(
            file.path,
            f"has the same column twice ({', '.join(map(str, twice))}); take one of them out, or ask for the file again",
        )
    if is_strict and file.unknown:
        found.stop(
            file.path,
            f"has {spoken_unknown(file)}, and CIN_UNKNOWN_COLUMNS is `stop`; put the header into seeds/crosswalk.csv, "
            f"or unset it",
        )


def spoken_unknown(file: File) -> str:
    """The unknown columns of a file in words: number and places, since a name may be a value where a header is lost."""
    places = ", ".join(str(position + 1) for position in file.unknown[:8]) + (", ..." if len(file.unknown) > 8 else "")
    return (
        f"{len(file.unknown)} column{'s' if len(file.unknown) > 1 else ''} that the crosswalk does not know (in place {places})"
    )


def header_told(name: str) -> str | None:
    """A header, if it can be no value of a child; else null."""
    return name.strip() if SOUNDS_LIKE_A_HEADER.fullmatch(name.strip()) else None


def scan(file: File) -> str:
    """A query of all rows of a file, every column as text under the names c0, c1 and so on; no blanks around a value
    and no missing marker are left (R2)."""
    if file.facts["kind"] == "parquet":
        columns = [
            f"{parquet_text(name, kind)} as c{n}"
            for n, (name, kind) in enumerate(zip(file.header, file.facts["types"], strict=True))
        ]
        return f"select {', '.join(columns)} from {parquet_scan(file.facts['read_from'])}"
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(file.header)))
    reader = (
        f"read_csv({values.literal(no_pattern(file.facts['read_from']))}, auto_detect = false, header = true, "
        f"skip = {file.facts['n_skipped_lines']}, delim = {values.literal(file.facts['delimiter'])}, quote = '\"', "
        f"escape = '\"', "
        f"store_rejects = true, nullstr = [{values.listed(values.MISSING)}], columns = {{{columns}}})"
    )
    value = "replace(translate({}, chr(9), ' '), chr(0), '')" if file.facts["has_strays"] else "{}"
    cleaned = [f"{no_marker(value.format(f'c{n}'))} as c{n}" for n in file.facts["blank_columns"] if n < len(file.header)]
    return f"select * replace ({', '.join(cleaned)}) from {reader}" if cleaned else f"select * from {reader}"


def no_marker(value: str) -> str:
    """A text without blanks around it; null where that is a missing marker, to the letter."""
    return f"case when trim({value}) not in ({values.listed(values.MISSING)}) then trim({value}) end"


def parquet_text(name: str, kind: str) -> str:
    """A column of a Parquet file as text, the same on every machine: instants in universal time, bytes as hexadecimal digits."""
    column = '"' + name.replace('"', '""') + '"'
    if kind == "BLOB":
        return f"lower(hex({column}))"
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%dT%H:%M:%S') || 'Z'"
    if kind in ("DOUBLE", "FLOAT"):
        is_whole = f"{column} = floor({column}) and abs({column}) < 1e15"
        whole = f"when {is_whole} then try_cast({column} as bigint)::varchar"
        return f"case when isnan({column}) then null {whole} else {column}::varchar end"
    return no_marker(f"replace({column}::varchar, chr(0), '')")


def look_into(found: Survey, file: File, known: dict[str, dict]) -> None:
    """One passage through the rows of a file: years, blank rows, spellings of ids and dates, by authority."""
    way = [part.read_text(encoding="utf-8") for part in sorted(Path(__file__).parent.glob("*.py"))]
    key = hashlib.sha256(json.dumps([way, file.facts["digest"], file.dataset, file.columns, scan(file)]).encode()).hexdigest()
    try:
        file.profile = known.get(key) or profile_of(file)
    except duckdb.Error as error:
        found.stop(
            file.path,
            f"cannot be read ({type(error).__name__}); it is damaged, or no such file as its name says; copy it again",
        )
        return
    file.profile["key"] = key
    if not sum(file.profile["rows"].values()):
        found.stop(
            file.path,
            "has no row with as many columns as its header has names, or none that is not blank; open it and compare "
            "the first lines, or ask for the file again",
        )


def first_of(file: File, variable: str) -> str | None:
    """A harmonised column as SQL: of two headers the first that has a value. None if it is not delivered."""
    positions = file.columns.get(variable)
    if not positions:
        return None
    return f"c{positions[0]}" if len(positions) == 1 else f"coalesce({', '.join(f'c{position}' for position in positions)})"


def dates_of(file: File) -> list[int]:
    """The positions of the columns that hold dates."""
    kinds = crosswalk.kinds("cin_disabilities" if file.dataset == "cin_disabilities" else "cin")
    found = [position for name, positions in file.columns.items() if kinds[name] == "date" for position in positions]
    return found + [n for n, name in enumerate(file.header) if clean(name) in ("cin_dob", "cin_expecteddob")]


def profile_of(file: File) -> dict:
    """Counts of what the rows of a file look like. One scan, and a second of some columns where the first saw something unusual.

    No value is kept, but for codes of authorities and labels of years. Keys: rows (by census year; no year: an empty text),
    authorities (each with the counts of its dates), odd (number of values by place that are not written as usual), given
    (values by
    year and place, where a column need not be there in every year), has_point_zero (whether numbers may end in .0), n_blank,
    n_unreadable, ids and lengths (by place), differing
    (rows in which two headers differ).
    """
    years = {
        spelling: year
        for year in crosswalk.readable_years()
        for spelling in (f"{year - 1}{year}", f"{year - 1}{year % 100:02}")
    }
    label, authority = first_of(file, "academic_year_label") or "''", first_of(file, "local_authority_code")
    dates, ids = dates_of(file), [position for name in IDENTIFIERS for position in file.columns.get(name, [])]
    doubled = {name: positions for name, positions in file.columns.items() if len(positions) > 1 and name not in BIRTH_HEADERS}
    measures = [f"sum({values.kind_of_date(f'c{p}')}) as date_{p}" for p in dates]
    numbers = {name: p for name, length in LONGEST_NUMBER.items() for p in file.columns.get(name, [])}
    measures += [f"count_if(strlen(c{p}) > {LONGEST_NUMBER[name]}) as number_{p}" for name, p in numbers.items()]
    measures += [f"count_if({values.is_odd_id(f'c{p}')}) as id_{p}" for p in ids]
    sometimes = not_always_there(file)
    measures += [f"count(c{p}) as given_{p}" for p in sometimes]
    measures += [
        f"count_if(c{first} <> c{second}) as differ_{name}" for name, (first, second, *_) in doubled.items()
    ]
    with open_database() as connection:
        connection.execute("set preserve_insertion_order = false")
        groups = asked(
            connection,
            f"select {label} as label, {authority} as authority, count(*) as n, {', '.join(measures)} from "
            f"({scan(file)}) group by 1, 2",
        )
        n_unreadable = n_rejected(connection)
        odd_ids = [p for p in ids if sum(group[f"id_{p}"] for group in groups)]
        of_ids = {}
        if odd_ids:
            measures = [f"{sql} as {name}_{p}" for p in odd_ids for name, sql in values.kinds_of_ids(f"c{p}").items()]
            (of_ids,) = asked(connection, f"select {', '.join(measures)} from ({scan(file)})")
        n_blank = 0
        if any(not str(group["label"] or "").strip() and not str(group["authority"] or "").strip() for group in groups):
            given = ", ".join(f"c{n}" for n in range(len(file.header)))
            n_blank = connection.execute(f"select count(*) from ({scan(file)}) where coalesce({given}) is null").fetchone()[0]
    rows, odd, given, differing = Counter({"": -n_blank}), Counter(), defaultdict(Counter), Counter()
    authorities: dict[str, Counter] = defaultdict(Counter)
    for group in groups:
        year = str(years.get(re.sub("[^0-9]", "", re.sub("[.]0+$", "", str(group["label"] or "").strip())), ""))
        rows[year] += group["n"]
        given[year].update({p: group[f"given_{p}"] for p in sometimes})
        differing.update({name: group[f"differ_{name}"] for name in doubled})
        of_authority = authorities[str(group["authority"] or "").strip()]
        of_authority["n"] += group["n"]
        for p in dates:
            counts = values.counts_of_dates(int(group[f"date_{p}"]))
            odd[p] += counts.pop("odd")
            of_authority.update(counts)
    for name, texts in (("academic_year_label", {g["label"] for g in groups}), ("local_authority_code", set(authorities))):
        odd.update(dict.fromkeys(file.columns.get(name, []), sum(str(text or "").endswith(".0") for text in texts)))
    return {
        "rows": {year: n for year, n in rows.items() if n},
        "authorities": {
            code: {"day": 0, "month": 0, "either": 0} | dict(counts) for code, counts in sorted(authorities.items())
        },
        "given": {year: {str(p): n for p, n in counts.items()} for year, counts in given.items()},
        "has_point_zero": any(group[f"number_{p}"] for group in groups for p in numbers.values()),
        "n_blank": n_blank,
        "n_unreadable": n_unreadable,
        "odd": {str(p): n for p, n in odd.items()},
        "ids": {str(p): {name: of_ids[f"{name}_{p}"] for name in values.kinds_of_ids("")} for p in odd_ids},
        "lengths": {},
        "differing": {name: n for name, n in differing.items() if n},
    }


def asked(connection, query: str) -> list[dict]:
    """The rows that a query answers, nothing counted being 0."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, (value or 0 for value in row), strict=True)) for row in cursor.fetchall()]


def n_rejected(connection) -> int:
    """How many lines the reader could not split into columns."""
    try:
        return connection.execute("select count(distinct line) from reject_errors").fetchone()[0]
    except duckdb.CatalogException:
        return 0


def not_always_there(file: File) -> list[int]:
    """The places of columns that are not documented for all years that the file may hold: they count as delivered where given."""
    dataset = "cin_disabilities" if file.dataset == "cin_disabilities" else "cin"
    years = [file.year_of_name] if file.year_of_name else crosswalk.described_years()
    last = crosswalk.described_years()[-1]
    there: dict[str, set[int]] = defaultdict(set)
    for name, _, first, end in crosswalk.documented(dataset):
        there[name] |= set(range(first, (end or max(last, *years)) + 1))
    return sorted(
        {
            p
            for name, positions in file.columns.items()
            for p in positions
            if len(positions) > 1 or not there[name] >= set(years)
        }
    )


def count_lengths(found: Survey) -> None:
    """Where ids begin with 0 in some file: how many ids of digits an authority has in each, by length and whether they begin
    with 0."""
    for name in IDENTIFIERS:
        places = [(file, p) for file in found.files if file.dataset for p in file.columns.get(name, [])]
        if any(file.profile["ids"].get(str(p), {}).get("zero") for file, p in places):
            for file, p in places:
                file.profile["lengths"].setdefault(str(p), None)
                file.profile["lengths"][str(p)] = file.profile["lengths"][str(p)] or id_lengths(file, p)


def id_lengths(file: File, position: int) -> list[list]:
    """How many ids of digits each authority has in a column, by length and whether they begin with 0."""
    authority = first_of(file, "local_authority_code")
    number = values.without_point_zero(f"c{position}")
    query = (
        f"select coalesce(authority, ''), length(number), number[1] = '0', count(*) from (select {authority} as authority, "
        f"{number} as number from ({scan(file)})) where regexp_full_match(number, '[0-9]+') group by all order by all"
    )
    with open_database() as connection:
        return [list(row) for row in connection.execute(query).fetchall()]


def choose_years(found: Survey, asked: str) -> None:
    """The census years to build, and which file lands which; stops where one is missing, or is there twice."""
    for dataset in crosswalk.DATASETS:
        for file in found.of(dataset):
            file.years = years_of(found, file)
            if found.problem:
                return
    main = {year for file in found.of("cin") for year in file.years}
    if asked:
        wanted = asked_years(asked)
    else:
        alone = {file.years[0] for file in found.of("cin_disabilities") if len(file.years) == 1}
        wanted = list(range(min(main | alone), max(main | alone) + 1))
    for dataset in crosswalk.DATASETS:
        holders: dict[int, File] = {}
        for file in found.of(dataset):
            for year in file.years:
                if year in holders and year in wanted:
                    found.stop(
                        file.path,
                        f"stands beside another file of the same year ({year}: {holders[year].path.name}); keep one of the two",
                    )
                holders.setdefault(year, file)
        for year in wanted if holders else ():
            if year not in holders:
                taken = [file.path.name for file in found.of(dataset) if file.rows_by_year().get(year)]
                found.stop(
                    found.folder / f"{dataset}_{year}",
                    "is missing: no file holds rows of that census year; "
                    f"add it, or name the years to build without {year} in CIN_CENSUS_YEARS"
                    + (f". {' and '.join(taken)} has such rows, but was taken for another year by its name" if taken else ""),
                )
    found.years = wanted
    for file in found.files:
        file.years = [year for year in file.years if year in wanted]


def asked_years(asked: str) -> list[int]:
    """The census years of the setting, which dbt has checked."""
    years: set[int] = set()
    for span in asked.split(","):
        first, _, last = span.strip().partition("-")
        years.update(range(int(first), int(last or first) + 1))
    return sorted(years)


def years_of(found: Survey, file: File) -> list[int]:
    """The census years of which a file holds rows. Its name counts where its rows do not say otherwise."""
    rows, named = file.rows_by_year(), file.year_of_name
    if "academic_year_label" not in file.columns:
        if named not in crosswalk.readable_years():
            found.stop(file.path, unknown_year(named))
        return [named]
    labelled = sorted(year for year in rows if year)
    if named and named not in crosswalk.readable_years():
        found.stop(file.path, unknown_year(named))
    elif not labelled:
        found.stop(
            file.path,
            f"has an unreadable year in {file.header[file.columns['academic_year_label'][0]].strip()} in every row; it "
            f"should read "
            "like 2013/2014, for a census year that the project knows",
        )
    elif file.may_be_of_two_years and is_there(rows, named) and is_there(rows, named - 1):
        return [named - 1, named]  # 2015_2016 is two census years, not the academic year
    elif named in rows and sum(rows.values()) < 2 * rows[named]:
        return [named]  # rows of other years are rejected, and counted
    elif named and len(labelled) == 1:
        year = labelled[0]
        found.stop(
            file.path,
            f"has {year - 1}/{year} in CIN_ACADYR, not {named - 1}/{named}; put the file of the census year {named} in its place",
        )
    return labelled


def is_there(rows: dict[int | None, int], year: int) -> bool:
    """Whether a file holds more rows of a census year than faults would make: one in ten."""
    return 10 * rows.get(year, 0) > sum(rows.values())


def unknown_year(year: int) -> str:
    """What is said of a file of a year that cannot be read."""
    known = crosswalk.readable_years()
    return (
        f"is of a census year the project does not know ({year}; it knows {known[0]} to {known[-1]}); "
        "see CONTRIBUTING, Adding a census year"
    )


def decide_spellings(found: Survey) -> None:
    """How ids are spelt in the whole delivery: hexadecimal or not, and how long where leading zeros were lost."""
    count_lengths(found)
    for name in IDENTIFIERS:
        counts: Counter = Counter()
        lengths: dict[str, Counter] = defaultdict(Counter)
        for file in found.files:
            for position in file.columns.get(name, []) if file.dataset else []:
                counts.update(file.profile["ids"].get(str(position), {}))
                for authority, length, is_zero_first, n in file.profile["lengths"].get(str(position), []):
                    lengths[authority][length, is_zero_first] += n
                    if name == "pupil_matching_ref":
                        lengths["*"][length, is_zero_first] += n
        if counts["hex"] and (counts["prefixed"] or (counts["upper"] and counts["hex"] >= 0.9 * counts["given"])):
            found.hexadecimal.add(name)
        agreed = {full_length(of_authority) for code, of_authority in lengths.items() if code != "*"} - {None}
        longest = max((length for of_authority in lengths.values() for length, _ in of_authority), default=0)
        if agreed == {longest}:  # all ids were made alike
            found.lengths[name] = {"*": longest}
            continue
        found.lengths[name] = {
            authority: length
            for authority, of_authority in lengths.items()
            if (length := full_length(of_authority)) and (authority == "*" or name == "local_child_id")
        }


def full_length(counts: Counter) -> int | None:
    """The length that most ids of digits have, where some begin with 0 and others are shorter: those have lost zeros."""
    by_length: Counter = Counter()
    for (length, _), n in counts.items():
        by_length[length] += n
    length, n = by_length.most_common(1)[0]
    has_zeros = counts[length, True] > 0
    return length if has_zeros and 2 * n > by_length.total() and min(by_length) < length else None


def orders(file: File) -> dict[str, int]:
    """How each authority of a file orders day and month: 0 day first, 1 month first, 2 only where it can be no other way.

    Told by all dates of the authority in the file. An authority without a telling date has the order of all others, if they
    agree;
    where no date of the file tells, the day comes first, as in England.
    """
    found = {}
    for code, counts in file.profile["authorities"].items():
        day, month = counts["day"], counts["month"]
        if day or month:
            found[code] = 2 if min(day, month) > 0.02 * (day + month) else int(month > day)
    agreed = set(found.values())
    rest = agreed.pop() if len(agreed) == 1 else 2 if agreed else 0
    return {code: found.get(code, rest) for code in file.profile["authorities"]}


def undecided(file: File) -> dict[str, int]:
    """The authorities of whose dates none tells the order, with the number of dates that could be read either way."""
    return {
        code: counts["either"]
        for code, counts in file.profile["authorities"].items()
        if counts["either"] and not counts["day"] and not counts["month"]
    }


def all_notes(file: File) -> Iterable[str]:
    """What a person should know of how a file was read. No value of a child; an authority is named by its code."""
    yield from file.facts.get("notes", [])
    profile = file.profile
    if not profile:
        return
    if file.facts.get("n_lines") in SPREADSHEET_LENGTHS:
        yield f"it has exactly {file.facts['n_lines']:,} lines, as many as a spreadsheet holds: rows may be cut off"
    n_rows = sum(profile["rows"].values())
    if file.facts["kind"] == "text":
        n_lost = (
            file.facts["n_lines"] - file.facts["n_skipped_lines"] - 1 - n_rows - profile["n_blank"] - profile["n_unreadable"]
        )
        if n_lost > 0:
            yield f"{n_lost} of its lines are empty, or are part of a value of another line"
    if profile["n_blank"]:
        yield f"{profile['n_blank']} blank rows are left out"
    if profile["n_unreadable"]:
        yield f"{profile['n_unreadable']} lines cannot be split into columns, and are rejected"
    for position, counts in profile["ids"].items():
        if counts["scientific"]:
            yield (
                f"{counts['scientific']} ids in {told(file, int(position))} are in scientific notation, as a spreadsheet "
                f"writes long numbers: "
                "they name nobody, and are taken as missing"
            )
    for name, n in profile["differing"].items():
        yield f"{n} rows have two values for {name}; {told(file, file.columns[name][0])} counts"
    if dates_of(file):
        yield from date_notes(file)


def date_notes(file: File) -> Iterable[str]:
    """How day and month were told apart."""
    order, words = orders(file), {0: "day first", 1: "month first", 2: "only where day and month cannot be exchanged"}
    either = undecided(file)
    for number in (1, 2):
        codes = [code for code, of_code in order.items() if of_code == number and file.profile["authorities"][code]["n"]]
        counts = [file.profile["authorities"][code] for code in codes]
        codes = [c or "not given" for c, n in zip(codes, counts, strict=True) if n["day"] or n["month"] or n["either"]]
        if codes:
            yield f"dates of authority {', '.join(codes[:5])}{' and others' if len(codes) > 5 else ''} are read {words[number]}"
    if either and not any(c["day"] or c["month"] for c in file.profile["authorities"].values()):
        yield f"{sum(either.values())} dates could have day and month exchanged, and nothing tells: they are read day first"


def told(file: File, position: int) -> str:
    """A column in words: its header, or its place where the header may be a value."""
    return header_told(file.header[position]) or f"column {position + 1}"
