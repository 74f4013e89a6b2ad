"""Cells of a release, what becomes of them, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# census_year, geography_level, geography_code, measure, breakdown_topic, breakdown
Key = tuple
LEVEL = 1  # the place of the geography level in a key
Row = tuple[tuple[Key, ...], tuple[Key, ...], bool]  # cells added, cells taken off, whether the sum is 0 (else at least 0)


@dataclass(frozen=True, slots=True)
class Relation:
    """How counts hang together, which anyone knows who reads the release.

    `equal`: the parts add up to the total. `at_most`: the total is at most the sum of the parts and at least each of them, as
    with children, whom England counts once and each authority that returned them counts too (R24). `within`: the total, with
    the counts beside it, is at most the sum of the parts, as children are at most referrals.
    """

    total: Key
    parts: tuple[Key, ...]
    kind: Literal["equal", "at_most", "within"] = "equal"
    beside: tuple[Key, ...] = ()

    def rows(self) -> Iterator[Row]:
        """The relation as sums of counts, the widest first."""
        yield self.parts, (self.total, *self.beside), self.kind == "equal"
        if self.kind == "at_most":
            for part in self.parts:
                yield (self.total,), (part,), False

    def holds(self, counts: dict[Key, int]) -> bool:
        """Whether the counts keep to it."""
        for added, taken, is_zero in self.rows():
            left = sum(counts[key] for key in added) - sum(counts[key] for key in taken)
            if left < 0 or is_zero and left:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is released of a cell, and why. Only `value` and `symbol` are released; the reason stays inside. What is left over
    of others has neither; it is `primary` where nobody may work it out.
    """

    value: int | None
    symbol: Literal["", "c"]
    reason: Literal["released", "rounded", "primary", "secondary", "left over"]
