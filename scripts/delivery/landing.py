"""The SQL that lands a delivery: for each dataset and census year one relation under harmonised names, every column as text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import crosswalk, values
from .survey import BIRTH_KEYS, IDENTIFIERS, File, Survey, clean, first_of, no_pattern, orders, scan

LANDING = "cin_work.landing"


class Landed(NamedTuple):
    """One relation to land: the statement that makes it; for a table its name; for a year the digest of all that decides its
    rows."""

    statement: str
    dataset: str
    table_name: str | None = None
    census_year: int | None = None
    fingerprint: str | None = None


def landing(found: Survey, way: str, pseudonym: Callable[[str], str] | None = None) -> Iterator[Landed]:
    """Every relation of the schema `landing` that holds rows, in order.

    way: digest of the project's way of reading. pseudonym: makes the SQL that turns an id into a pseudonym.
    """
    births = None
    if found.births:
        births = births_query(found, found.births, pseudonym)
        digest = hashlib.sha256(f"{way} {found.births.facts['digest']} {births}".encode()).hexdigest()
        name = f"cin_file_{digest[:16]}"
        yield Landed(f"create or replace table {LANDING}.{name} as {births}", "cin", name)
        births = f"{LANDING}.{name}"
    for dataset in crosswalk.DATASETS:
        landed: set[int] = set()
        for file in found.of(dataset):
            if not file.years:
                continue  # none of its years is to be built
            for one in land_file(found, file, births, way, pseudonym):
                landed.add(one.census_year)
                yield one
        for year in set(crosswalk.readable_years()) - landed:
            nothing = ", ".join(f"null::varchar as {name}" for name in crosswalk.kinds(dataset))
            yield Landed(f"create or replace view {LANDING}.{dataset}_{year} as select {nothing} where false", dataset)


def land_file(found: Survey, file: File, births: str | None, way: str, pseudonym) -> Iterator[Landed]:
    """The relations of one file: a view over it where it holds one year, else a table that is read once, and a view a year."""
    rows = harmonised(found, file, pseudonym)
    if births and file.dataset == "cin":
        rows = with_births(found.births, births, file, rows)
    text = rows
    for path in [file.facts["read_from"]] if isinstance(file.facts["read_from"], str) else file.facts["read_from"]:
        text = text.replace(values.literal(no_pattern(path)), "")  # the same rows, wherever they lie
    births_digest = found.births.facts["digest"] if births else ""
    fingerprint = hashlib.sha256(f"{way} {file.facts['digest']} {text} {births_digest}".encode()).hexdigest()
    if len(file.years) == 1 and not any(year for year in file.rows_by_year() if year and is_left_out(file, year)):
        (year,) = file.years
        yield Landed(f"create or replace view {LANDING}.{file.dataset}_{year} as {rows}", file.dataset, None, year, fingerprint)
        return
    name = f"{file.dataset}_file_{fingerprint[:16]}"  # the same rows, the same name: the table is made once
    table = f"{LANDING}.{name}"
    of_year = {year: year_condition(file, year, is_first=year == file.years[0]) for year in file.years}
    case = " ".join(f"when {condition} then {year}" for year, condition in of_year.items())
    yield Landed(
        f"create or replace table {table} as select *, case {case} end::smallint as census_year from ({rows})",
        file.dataset,
        name,
    )
    for year in of_year:
        rows_of_year = f"select * exclude (census_year) from {table} where census_year = {year}"
        view = f"create or replace view {LANDING}.{file.dataset}_{year} as {rows_of_year}"
        yield Landed(view, file.dataset, None, year, fingerprint)


def is_left_out(file: File, year: int) -> bool:
    """Whether a file's rows of a year are not to be built, rather than rejected as rows of another year."""
    return year not in file.years and file.year_of_name is None


def year_condition(file: File, year: int, is_first: bool) -> str:
    """Which rows of a file go with a year. Those of no readable year go with the first, where they are rejected (R1)."""
    digits = "regexp_replace(coalesce(academic_year_label, ''), '[^0-9]', '', 'g')"
    spellings = [f"{year - 1}{year}", f"{year - 1}{year % 100:02}"]
    condition = f"{digits} in ({values.listed(spellings)})"
    if is_first:
        known = [s for y in crosswalk.readable_years() for s in (f"{y - 1}{y}", f"{y - 1}{y % 100:02}")]
        condition = f"({condition} or {digits} not in ({values.listed(known)}))"
    return condition


def harmonised(found: Survey, file: File, pseudonym=None) -> str:
    """A query of the rows of a file under harmonised names, in one spelling. What is not delivered is null."""
    dataset = "cin_disabilities" if file.dataset == "cin_disabilities" else "cin"
    columns = [f"{column(found, file, name, kind, pseudonym)} as {name}" for name, kind in crosswalk.kinds(dataset).items()]
    query = f"select {', '.join(columns)} from ({scan(file)})"
    if file.profile["n_blank"]:
        query += f" where coalesce({', '.join(f'c{n}' for n in range(len(file.header)))}) is not null"
    return query


def column(found: Survey, file: File, name: str, kind: str, pseudonym) -> str:
    """A harmonised column as SQL."""
    positions = file.columns.get(name)
    if not positions:
        if name == "academic_year_label" and file.year_of_name:
            return values.literal(f"{file.year_of_name - 1}/{file.year_of_name}")
        return "null::varchar"
    spelt = [spelling(found, file, name, kind, position) for position in positions]
    value = spelt[0] if len(spelt) == 1 else f"coalesce({', '.join(spelt)})"
    return pseudonym(value) if pseudonym and name in IDENTIFIERS else value


def spelling(found: Survey, file: File, name: str, kind: str, position: int) -> str:
    """One delivered column in one spelling. Untouched where the survey saw nothing unusual."""
    value, profile, header = f"c{position}", file.profile, clean(file.header[position])
    if name in IDENTIFIERS:
        return id_spelling(found, file, name, position)
    is_odd = profile["odd"].get(str(position), 0) > 0
    if name in ("birth_month", "birth_year") and header in ("cin_dob", "cin_expecteddob"):
        day = values.one_date_spelling(value, order_sql(file)) if is_odd else value
        part = f"ltrim(({day})[6:7], '0')" if name == "birth_month" else f"({day})[1:4]"
        return f"if({values.is_iso(f'({day})')}, {part}, null)"
    if header == crosswalk.NINE_CHARACTERS:
        return f"coalesce({nine_characters(value)}, {value})"
    if kind == "date":
        return values.one_date_spelling(value, order_sql(file)) if is_odd else value
    if is_odd or (profile["has_point_zero"] and kind not in ("decimal", "text")):
        return values.without_point_zero(value)
    return value


def id_spelling(found: Survey, file: File, name: str, position: int) -> str:
    """An id in the spelling of the whole delivery, so that it is the same in every file and year."""
    value, counts = f"c{position}", file.profile["ids"].get(str(position))
    if counts and counts["marker"]:
        value = values.without_markers(value)
    if counts and counts["scientific"]:
        value = values.without_scientific(value)
    if counts and counts["point"]:
        value = values.without_point_zero(value)
    if counts and name in found.hexadecimal and (counts["upper"] or counts["prefixed"]):
        value = values.one_hexadecimal_spelling(value)
    if found.lengths.get(name):
        value = values.with_leading_zeros(value, found.lengths[name], first_of(file, "local_authority_code"))
    return value


def order_sql(file: File) -> str:
    """The order of day and month in a row, by its authority, as SQL. See `survey.orders`."""
    order = orders(file)
    if len(set(order.values())) <= 1:
        return str(next(iter(order.values()), 0))
    whens = " ".join(f"when {values.literal(code)} then {number}" for code, number in order.items() if number)
    return f"case coalesce({first_of(file, 'local_authority_code')}, '') {whens} else 0 end"


def nine_characters(value: str) -> str:
    """The three-digit code of an authority whose code has nine characters, as SQL; null where there is none."""
    import csv

    with open(crosswalk.PROJECT / "seeds" / "local_authorities.csv", encoding="utf-8", newline="") as seed:
        codes = {row["gss_code"]: row["local_authority_code"] for row in csv.DictReader(seed) if row["gss_code"]}
    whens = " ".join(f"when {values.literal(nine)} then {values.literal(three)}" for nine, three in sorted(codes.items()))
    return f"case {value} {whens} end"


def births_query(found: Survey, file: File, pseudonym) -> str:
    """A query of the second file with births: one row per child, with the keys that it has."""
    keys = [name for name in BIRTH_KEYS if name in file.columns]
    return (
        f"select {', '.join(keys)}, unnest(min(struct_pack(birth_year := birth_year, birth_month := birth_month)) "
        f"filter (where birth_year is not null)) from ({harmonised(found, file, pseudonym)}) group by {', '.join(keys)}"
    )


def with_births(births: File, table: str, file: File, rows: str) -> str:
    """The rows of a main file with the births that the second file gives, where they have none of their own."""
    keys = [name for name in BIRTH_KEYS if name in births.columns and (name in file.columns or name != "academic_year_label")]
    condition = " and ".join(f"main.{name} = births.{name}" for name in keys)
    return (
        "select main.* replace (coalesce(main.birth_month, births.birth_month) as birth_month, "
        f"coalesce(main.birth_year, births.birth_year) as birth_year) from ({rows}) as main "
        f"left join {table} as births on {condition}"
    )
