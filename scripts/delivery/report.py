"""What was found in a delivery, for the log and for the tables `delivered_files` and `delivered_columns`. No value of a child."""

from __future__ import annotations

from collections.abc import Iterator

from census_spans import spans
from quiet import open_database

from . import crosswalk
from .landing import harmonised
from .survey import File, Survey, all_notes, dates_of, header_told, orders, spoken_unknown

WORDS = {"cin": "main file", "cin_disabilities": "disabilities", "births": "births", None: "no census file: left alone"}
# What staging makes of a text of each kind: null where it cannot be read
READABLE = {
    "date": "try_cast(if(length({0}) = 10, {0}, null) as date)",
    "month": "try_cast({0} as smallint)",
    "year": "try_cast({0} as smallint)",
    "integer": "try_cast({0} as smallint)",
    "decimal": "try_cast({0} as double)",
    "flag": "nullif(lower({0}) in ('0', '1', 'true', 'false', 't', 'f', 'y', 'n', 'yes', 'no', '1.0', '0.0'), false)",
}
ORDERS = {0: "day first", 1: "month first", 2: "only where it can be no other way"}


def log_lines(found: Survey) -> Iterator[str]:
    """One line a file, and what a person has to know beside."""
    for file in found.files:
        if not file.dataset:
            yield f"  {file.path.name}: {WORDS[None]}"
            continue
        yield f"  {file.path.name}: {summary(file)}" + "".join(f"; {note}" for note in all_notes(file))
    later = [year for year in found.years if year not in crosswalk.described_years()]
    if later:
        yield (
            f"Warning: nobody has described census year {spans(later)} yet. Columns and codes are taken as in "
            f"{crosswalk.described_years()[-1]}; rates are null until a population is known (CONTRIBUTING, Adding a census year)"
        )
    if not found.of("cin_disabilities"):
        yield "No file of disabilities is delivered: child_disabilities is empty"
    for name in found.hexadecimal:
        yield f"{name} is hexadecimal: it is spelt in small letters, without 0x"
    for name, lengths in found.lengths.items():
        if lengths:
            whose = (
                "all"
                if "*" in lengths
                else f"authority {', '.join(sorted(lengths)[:5])}{' and others' if len(lengths) > 5 else ''}"
            )
            yield f"{name} of {whose}: ids that have lost leading zeros are filled up to the length of most"


def summary(file: File) -> str:
    """What a file was taken for, in a few words."""
    rows = {year: n for year, n in file.rows_by_year().items() if year}
    n_rows = sum(file.profile["rows"].values())
    years = [*rows] if rows else file.years
    left_out = {
        year: n for year, n in rows.items() if year not in file.years and file.dataset != "births" and len(file.years) != 1
    }
    text = f"{WORDS[file.dataset]}, {spans(file.years if len(file.years) == 1 else years)}, {n_rows:,} rows"
    dataset = "cin_disabilities" if file.dataset == "cin_disabilities" else "cin"
    text += f", {len(file.columns)} of {len(crosswalk.kinds(dataset))} columns"
    if file.unknown:
        text += f", and {spoken_unknown(file)}"
    if left_out:
        text += f"; left out, as these years are not built: {sum(left_out.values()):,} rows of {spans(left_out)}"
    return text


def file_rows(found: Survey) -> list[tuple]:
    """The rows of `delivered_files`."""
    rows = []
    for file in found.files:
        form = (
            "Parquet" if file.facts.get("kind") == "parquet" else {"\t": "tabs", ",": "commas"}.get(file.facts.get("delimiter"))
        )
        if not file.dataset:
            rows.append((file.path.name, None, form, None, None, False, None, None, None))
            continue
        profile, notes = file.profile, "; ".join(all_notes(file)) or None
        for year, n in sorted(file.rows_by_year().items(), key=lambda item: item[0] or 0):
            is_built = (
                year in file.years or file.dataset == "births" or (year is None or len(file.years) == 1) and bool(file.years)
            )
            rows.append(
                (file.path.name, file.dataset, form, year, n, is_built, profile["n_blank"], profile["n_unreadable"], notes)
            )
    return rows


def variable_rows(found: Survey) -> list[tuple]:
    """Which harmonised columns each census year was delivered with, under which header, and how many values of it are given."""
    rows = []
    for dataset in crosswalk.DATASETS:
        for file in found.of(dataset):
            for year in file.years:
                given = file.profile["given"].get(str(year)) or file.profile["given"].get("", {})
                for name, positions in file.columns.items():
                    for precedence, position in enumerate(positions, 1):
                        rows.append(
                            (
                                dataset,
                                year,
                                name,
                                crosswalk.as_written(file.header[position]),
                                precedence,
                                given.get(str(position), 0),
                            )
                        )
                if dataset == "cin" and found.births:
                    for name in ("birth_month", "birth_year"):
                        for position in found.births.columns.get(name, [])[:1]:
                            rows.append((dataset, year, name, crosswalk.as_written(found.births.header[position]), 9, 1))
    return rows


def column_rows(found: Survey) -> list[tuple]:
    """The rows of `delivered_columns`. A header that could be a value is not told."""
    rows = []
    for file in found.files:
        if not file.dataset:
            continue
        order = set(orders(file).values()) if file.profile else set()
        spoken = ", ".join(ORDERS[number] for number in sorted(order))
        of_position = {}
        for name, positions in file.columns.items():
            for precedence, position in enumerate(positions, 1):
                of_position.setdefault(position, []).append((name, precedence))
        for position, header in enumerate(file.header):
            n_odd = file.profile["odd"].get(str(position))
            ids = file.profile["ids"].get(str(position))
            n_odd = ids["point"] + ids["scientific"] + ids["marker"] + ids["prefixed"] if ids else n_odd
            is_date = position in dates_of(file) and bool(n_odd)
            for name, precedence in of_position.get(position, [(None, None)]):
                rows.append((
                    file.path.name, position + 1, header_told(header), file.dataset, name, precedence, n_odd if name else None,
                    spoken if is_date else None,
                ))  # fmt: skip
    return rows


def affected(found: Survey) -> list[str]:
    """The harmonised columns documented for the years delivered that no main file delivers."""
    delivered = {name for file in found.of("cin") for name in file.columns}
    if found.births:
        delivered |= set(found.births.columns)
    if all(file.year_of_name for file in found.of("cin")):
        delivered.add("academic_year_label")  # the names of the files tell it
    documented = {
        name
        for name, _, first, last in crosswalk.documented("cin")
        if any(first <= year <= (last or year) for year in found.years)
    }
    return [name for name in crosswalk.kinds("cin") if name in documented - delivered]


def unknown_by_file(found: Survey) -> list[str]:
    """The headers that nobody knows, one line a file; those that may be values by their place."""
    lines = []
    for file in found.files:
        if file.dataset and file.unknown:
            told = [header_told(file.header[position]) or f"column {position + 1}" for position in file.unknown]
            lines.append(f"  {file.path.name}: {', '.join(told)}")
    return lines


def shares_unread(found: Survey) -> dict[str, float]:
    """For each column of dates, numbers or flags the percentage of values given that cannot be read, over all main files."""
    given: dict[str, int] = {}
    unread: dict[str, int] = {}
    with open_database() as connection:
        for file in found.of("cin"):
            checks = {
                name: READABLE[kind]
                for name, kind in crosswalk.kinds("cin").items()
                if name in file.columns and kind in READABLE
            }
            if not checks:
                continue
            query = ", ".join(f"count({name}), count({name}) - count({check.format(name)})" for name, check in checks.items())
            counts = connection.execute(f"select {query} from ({harmonised(found, file)})").fetchone()
            for n, name in enumerate(checks):
                given[name] = given.get(name, 0) + counts[2 * n]
                unread[name] = unread.get(name, 0) + counts[2 * n + 1]
    return {name: 100 * unread[name] / n for name, n in given.items() if n}
