"""Tables and figures of the page, and how their figures are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from disclosure.profiles import ALL_BUT_FEW, WITHHELD

from .facts import Row

NOT_THERE = "–"
DECIMALS = {"percent": 1, "change": 1, "rate": 1, "mean": 2, "ratio": 2}
NUMBERS = {"count", "printed", "public", "authorities", *DECIMALS}


@dataclass(frozen=True)
class Column:
    """A column: its title, the key of its cells in a row, and what kind of figure they are.

    `count`, `percent`, `rate`, `change`, `ratio` and `mean` are of the extract, after disclosure control; `printed` and `public`
    are published; `authorities` counts authorities, years or rules, none of them persons; `text`, `code` and `year` are words.
    """

    title: str
    key: str
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Table:
    """A table of the page; the first column names the rows."""

    caption: str
    columns: list[Column]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    groups: list[tuple[str, int]] = field(default_factory=list)  # headings over columns, with how many each spans


@dataclass(frozen=True)
class Chart:
    """A chart: its title, a Vega-Lite specification, and what it shows in a sentence."""

    title: str
    spec: dict
    summary: str
    is_wide: bool = False  # scrolls within itself where the window is narrower than it


@dataclass(frozen=True)
class Figure:
    """Charts that belong together, what they show, and a key to their marks."""

    name: str
    charts: list[Chart]
    summary: str
    key: list[tuple[str, str]] = field(default_factory=list)  # mark, its meaning


def written(value: object, kind: str) -> str:
    """A cell as it stands on the page."""
    if value is None:
        return NOT_THERE
    if isinstance(value, str):
        return value
    if kind in ("year", "text", "code"):
        return str(value)
    if kind == "change":
        return f"{value:+.1f}".replace("-", "−")
    return f"{value:,.{DECIMALS.get(kind, 0)}f}"


def plotted(rows: Iterable[Row], **renamed: str) -> list[Row]:
    """Rows for a chart: what is withheld has no value there."""
    kept = [{new: row[old] for new, old in renamed.items()} if renamed else row for row in rows]
    return [{key: None if value in (WITHHELD, ALL_BUT_FEW) else value for key, value in row.items()} for row in kept]


def sentence(value: object, kind: str, unit: str = "") -> str:
    """A figure within a sentence."""
    if value == WITHHELD:
        return "a withheld figure"
    return written(value, kind) + unit if value is not None else "no figure"
