"""Writes models/docs/variables.md: one description for each variable, from the seeds that say what a variable means.

What a variable is, how it is made and when it is missing comes from seeds/variables.csv; what its values mean from
seeds/code_lists.csv and seeds/derived_values.csv; under which header a census year has it from seeds/crosswalk.csv.

    python scripts/write_column_docs.py
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from census_spans import runs
from delivery.crosswalk import DATASETS, described_years, documented, kinds

PROJECT = Path(__file__).resolve().parents[1]
TARGET = PROJECT / "models" / "docs" / "variables.md"
HEAD = (
    "Made by scripts/write_column_docs.py from the seeds variables, derived_values and code_lists and from the "
    "crosswalk: correct those, and run it.\n"
)
DISABILITIES_ONLY = "disability_code"
# snake_case names, and names of one word that the text announces
ANNOUNCED = "|".join(f"(?<=the {kind} )" for kind in ("table", "column", "value", "seed"))
NAME = re.compile(rf"\b([a-z0-9]+(?:_[a-z0-9]+)+|(?:{ANNOUNCED})\w+)\b")


class Item(NamedTuple):
    """An item of the return: how its text is read, and its header in each census year that has it."""

    kind: str
    headers: dict[int, str]


def known_years() -> list[int]:
    """Every census year that the project knows."""
    return described_years()


def crosswalk() -> dict[str, Item]:
    """The items of the main file, then `disability_code` of the disabilities files, by harmonised name."""
    of_main = kinds("cin") | {DISABILITIES_ONLY: kinds("cin_disabilities")[DISABILITIES_ONLY]}
    items = {name: Item(kind, {}) for name, kind in of_main.items()}
    for dataset in DATASETS:
        for name, header, first, last in documented(dataset):
            if dataset == "cin" or name == DISABILITIES_ONLY:
                items[name].headers.update(dict.fromkeys(range(first, (last or known_years()[-1]) + 1), header))
    return items


def seed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a seed, as texts: an empty one is null."""
    with open(PROJECT / "seeds" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def spoken(years: Iterable[int], absent: bool = False) -> str:
    """Years in words: `every year`, `in 2009`, `to 2012` (`before 2013` where absent), `in 2009 and from 2013`."""
    first_known, last_known = known_years()[0], known_years()[-1]
    parts = []
    for first, last in runs(years):
        if (first, last) == (first_known, last_known):
            return "every year"
        if last == last_known:
            parts.append(f"from {first}")
        elif first == last:
            parts.append(f"in {first}")
        elif first == first_known:
            parts.append(f"before {last + 1}" if absent else f"to {last}")
        else:
            parts.append(f"in {first} to {last}")
    return " and ".join(parts)


def with_backticks(text: str) -> str:
    """The text with names of tables, columns and values in backticks."""
    return NAME.sub(r"`\1`", text)


def item_text(name: str, item: Item, cbds_number: str) -> str:
    """Header by span of census years, the years without the item, and its number in DfE's common basic data set."""
    by_header: dict[str, list[int]] = {}
    for year, header in item.headers.items():
        by_header.setdefault(header, []).append(year)
    text = ", ".join(f"`{header}` {spoken(years)}" for header, years in by_header.items())
    text += " (disabilities file)." if name == DISABILITIES_ONLY else "."
    missing = set(known_years()) - set(item.headers)
    if missing:
        text += f" Not in the extract {spoken(missing, absent=True)}."
    if cbds_number:
        text += f" CBDS {cbds_number.replace(';', ',')}."
    return text


def code_values(code_list: str, years: Iterable[int]) -> list[str]:
    """Each code of a list with its label, and its census years where the item was there in others too."""
    years = set(years)
    values = []
    for row in seed_rows("code_lists"):
        first, last = int(row["first_census_year"]), int(row["last_census_year"] or max(years))
        in_force = {year for year in years if first <= year <= last}
        if row["code_list"] == code_list and in_force:
            values.append(f"`{row['code']}` {row['label']}" + ("" if in_force == years else f" ({spoken(in_force)})"))
    return values


def values_of(variable: dict[str, str], items: dict[str, Item]) -> list[str]:
    """The values of a variable, each with its meaning. Empty where they are not a fixed set."""
    name, code_list = variable["variable"], variable["code_list"]
    if name in items:
        return code_values(code_list, items[name].headers)
    rows = sorted(seed_rows("derived_values"), key=lambda row: int(row["sort_order"]))
    return [f"`{row['value']}` {with_backticks(row['label'])}" for row in rows if row["variable"] == code_list]


def block(variable: dict[str, str], items: dict[str, Item]) -> str:
    """The doc block of one variable: its definition, then a paragraph for each thing that there is to say."""
    name = variable["variable"]
    paragraphs = [with_backticks(variable["definition"])]
    if name in items:
        paragraphs.append(f"**Item.** {item_text(name, items[name], variable['cbds_number'])}")
    values = values_of(variable, items)
    if values:
        paragraphs.append("\n- ".join(["**Values.**", *values]))
    rest = {"Derivation": "derivation", "Missing": "missing_when", "Caution": "caveat", "Source": "source"}
    for title, column in rest.items():
        if variable[column]:
            paragraphs.append(f"**{title}.** {with_backticks(variable[column]).removesuffix('.')}.")
    return f"{{% docs {name} %}}\n" + "\n\n".join(paragraphs) + "\n{% enddocs %}\n"


def column_docs() -> str:
    """The whole file."""
    items = crosswalk()
    return "\n\n".join([HEAD, *(block(variable, items) for variable in seed_rows("variables"))])


def main() -> None:
    TARGET.write_text(column_docs(), encoding="utf-8")
    print(f"Wrote {TARGET.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
