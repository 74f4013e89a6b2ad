"""What may be told of each count: disclosure control of the whole release at once, and an attack upon what it left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .engine import Key, Profile, Relation, Treatment, attack, protect, protect_primary
from .relations import relations_of
from .source import Source


@dataclass(frozen=True)
class Controlled:
    """The release after disclosure control. `told` is what leaves; the rest stays inside."""

    profile: Profile
    counts: dict[Key, int]  # exact
    treatments: dict[Key, Treatment]
    relations: list[Relation]
    unavailable: dict[Key, str]
    n_exposed: int | None  # withheld counts that could be worked out if small counts alone were withheld; None: no attack made
    n_breaches: int | None  # and those that can be worked out from what is released
    source_keys: frozenset[Key]  # of the cells that have a count of their own, unlike remainders

    def told(self, key: Key) -> tuple[int | None, str]:
        """The value and the symbol that are told of a cell: one of them is empty."""
        if key in self.unavailable:
            return None, self.unavailable[key]
        treatment = self.treatments[key]
        return treatment.value, treatment.symbol

    def is_published(self, key: Key) -> bool:
        """False for remainders, which no table shows, and for cells that show another symbol."""
        return key in self.source_keys and key not in self.unavailable

    def tally(self) -> Counter:
        """How many published cells have which reason."""
        return Counter(t.reason for key, t in self.treatments.items() if self.is_published(key))


def control(source: Source, profile: Profile) -> Controlled:
    """Protects all counts together, and attacks them before and after."""
    counts, relations = relations_of(source, profile)
    treatments = protect(counts, relations, profile)
    return Controlled(
        profile=profile,
        counts=counts,
        treatments=treatments,
        relations=relations,
        unavailable=source.unavailable,
        n_exposed=_found(protect_primary(counts, profile), relations, profile),
        n_breaches=_found(treatments, relations, profile),
        source_keys=frozenset(source.counts),
    )


def _found(treatments: dict[Key, Treatment], relations: list[Relation], profile: Profile) -> int | None:
    return len(attack(treatments, relations, profile))
