"""The crosswalk: which headers a harmonised column may have, and for which census years they are documented.

The table is seeds/crosswalk.csv, which an analyst edits; the names and kinds of the columns are in macros/census/columns.sql.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml

PROJECT = Path(__file__).resolve().parents[2]
DATASETS = ("cin", "cin_disabilities")
NEEDED = {
    "cin": ("academic_year_label", "local_authority_code", "local_child_id", "referral_date"),
    "cin_disabilities": ("academic_year_label", "local_authority_code", "local_child_id", "disability_code"),
}
NINE_CHARACTERS = "cin_la_9code"  # the header whose codes are those of the Office for National Statistics
MAJOR_GROUPS = "cin_ethnicgroupmajor"


class Entry(NamedTuple):
    """One line of the crosswalk."""

    variable: str
    dataset: str
    header: str
    precedence: int
    first_census_year: int | None  # none where nothing documents the header
    last_census_year: int | None  # none where it is still in use


@cache
def macro_value(file: str, name: str) -> Any:
    """What a macro without arguments returns. It must not call dbt or other macros.

    file: path below macros/. name: name of the macro.
    """
    answer: list[Any] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {"fromyaml": yaml.safe_load, "return": lambda value: answer.append(value) or ""}
    template = environment.from_string((PROJECT / "macros" / file).read_text(encoding="utf-8"))
    getattr(template.module, name)()
    return answer[0]


@cache
def kinds(dataset: str) -> dict[str, str]:
    """The harmonised columns of a dataset in order, each with its kind."""
    return macro_value("census/columns.sql", "main_columns" if dataset == "cin" else "disabilities_columns")


def described_years() -> list[int]:
    """The census years that the project describes."""
    return macro_value("census/columns.sql", "described_census_years")


def readable_years() -> list[int]:
    """The same, and the later ones that can be read before anybody has described them."""
    return described_years() + macro_value("census/columns.sql", "later_census_years")


class Slip(Exception):
    """What is wrong with a line of the crosswalk, in one sentence."""


@cache
def entries() -> tuple[Entry, ...]:
    """The crosswalk, in the order of its file. Raises Slip where a line cannot be understood."""
    with open(PROJECT / "seeds" / "crosswalk.csv", encoding="utf-8-sig", newline="") as file:
        return tuple(entry_of(number, row) for number, row in enumerate(csv.DictReader(file), 2) if any(row.values()))


def entry_of(number: int, row: dict[str, str | None]) -> Entry:
    """One line of the crosswalk, its values trimmed."""

    def refuse(sentence: str) -> None:
        raise Slip(f"seeds/crosswalk.csv, line {number}: {sentence}")

    text = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str) and not isinstance(value, list)}
    if text.get("dataset") not in DATASETS:
        refuse(f"the second value is the dataset, {' or '.join(DATASETS)}")
    if text["variable"] not in kinds(text["dataset"]):
        refuse(f"the first value is a column of the project, such as referral_date; {text['dataset']} has no such column")
    if not text.get("header"):
        refuse("the third value is the header, as it is delivered")
    for name in ("precedence", "first_census_year", "last_census_year"):
        if text.get(name) and not text[name].isdigit():
            refuse(f"{name} is a whole number, or nothing")
    years = [int(text[name]) if text.get(name) else None for name in ("first_census_year", "last_census_year")]
    return Entry(text["variable"], text["dataset"], text["header"], int(text.get("precedence") or 9), *years)


@cache
def headers(dataset: str) -> dict[str, list[str]]:
    """For each harmonised column the headers it may have, in lower case, the preferred one first."""
    found: dict[str, dict[str, int]] = {name: {} for name in kinds(dataset)}
    for entry in entries():
        if entry.dataset == dataset:
            found[entry.variable].setdefault(entry.header.lower(), entry.precedence)
    return {name: sorted(of_name, key=of_name.get) for name, of_name in found.items()}


def spelt(variable: str, dataset: str) -> str:
    """The headers of a column as the crosswalk spells them, for a sentence."""
    ordered = sorted(
        (entry for entry in entries() if (entry.variable, entry.dataset) == (variable, dataset)), key=lambda e: e.precedence
    )
    return " or ".join(dict.fromkeys(entry.header for entry in ordered))


def documented(dataset: str) -> list[tuple[str, str, int, int | None]]:
    """Column, header, first and last year of every documented span, in the order of the columns."""
    spans = [entry for entry in entries() if entry.dataset == dataset and entry.first_census_year]
    return [(entry.variable, entry.header, entry.first_census_year, entry.last_census_year) for entry in spans]


def as_written(header: str) -> str:
    """A delivered header as the crosswalk spells it."""
    return next(entry.header for entry in entries() if entry.header.lower() == header.strip().lower())
