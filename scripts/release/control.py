"""What may be told of each count: disclosure control of the whole release at once, and an attack upon what it left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from disclosure.attacker import n_seen_at_once
from disclosure.cells import Key, Relation, Treatment
from disclosure.profiles import Profile
from disclosure.secured import secured
from disclosure.suppression import protect_primary

from .relations import relations_of
from .source import Source


@dataclass(frozen=True)
class Controlled:
    """The release after disclosure control. `told` is what leaves; the rest stays inside."""

    profile: Profile
    counts: dict[Key, int]  # exact
    treatments: dict[Key, Treatment]
    relations: list[Relation]
    n_exceptions: int  # relations that the data do not keep to, in one place and year, and so tell nothing true
    n_not_followed: int  # withheld counts of which only a wider part of the release could tell more than was looked at
    n_given_away: int  # small counts that are known not to be 1, however much is withheld, because of zeros that are shown
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
    related = relations_of(source, profile)
    left_over = related.counts.keys() - source.counts.keys()
    safe = secured(related.counts, related.relations, profile, left_over)
    return Controlled(
        profile=profile,
        counts=related.counts,
        treatments=safe.treatments,
        relations=related.relations,
        unavailable=source.unavailable,
        n_exposed=n_seen_at_once(protect_primary(related.counts, profile, left_over), related.relations, profile),
        n_breaches=len(safe.breaches),
        n_given_away=safe.n_given_away,
        n_not_followed=safe.n_not_followed,
        n_exceptions=related.n_exceptions.total(),
        source_keys=frozenset(source.counts),
    )
