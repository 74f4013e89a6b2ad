"""Cells of a release, what becomes of them, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# census_year, geography_level, geography_code, measure, breakdown_topic, breakdown
Key = tuple
LEVEL = 1  # the place of the geography level in a key


@dataclass(frozen=True, slots=True)
class Relation:
    """How counts hang together, which anyone knows who reads the release.

    `equal`: the parts add up to the total. `at_most`: the total is at most the sum of the parts and at least each of them, as
    with children, whom England counts once and each authority that returned them counts too (R24).
    """

    total: Key
    parts: tuple[Key, ...]
    kind: Literal["equal", "at_most"] = "equal"


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is released of a cell, and why. Only `value` and `symbol` are released; the reason stays inside."""

    value: int | None
    symbol: Literal["", "c"]
    reason: Literal["released", "rounded", "primary", "secondary"]
