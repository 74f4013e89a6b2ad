"""What may be told of each count: disclosure control of the whole release at once, and an attack upon what it left."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from disclosure.attacker import attack
from disclosure.cells import Key, Relation, Treatment
from disclosure.profiles import Profile
from disclosure.suppression import protect, protect_primary

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
    n_exposed: int  # withheld counts that could be worked out if small counts alone were withheld: at least so many
    n_breaches: int  # and those that can be worked out from what is released
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
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        exposed = pool.submit(_n_found, protect_primary(counts, profile), relations, profile, is_quick=True)
        breaches = pool.submit(_n_found, treatments, relations, profile)
    return Controlled(
        profile=profile,
        counts=counts,
        treatments=treatments,
        relations=relations,
        unavailable=source.unavailable,
        n_exposed=exposed.result(),
        n_breaches=breaches.result(),
        source_keys=frozenset(source.counts),
    )


def _n_found(
    treatments: dict[Key, Treatment], relations: list[Relation], profile: Profile, is_quick: bool = False
) -> int:
    return len(attack(treatments, relations, profile, is_quick))
