"""Disclosure control, as the release uses it."""

from __future__ import annotations

try:
    from disclosure.attacker import attack
    from disclosure.cells import Key, Relation, Treatment
    from disclosure.profiles import PROFILES, Profile
    from disclosure.suppression import protect, protect_primary

    IS_STAND_IN = False
except ImportError:  # until the engine is merged: small counts alone are withheld, no attack is made, and nothing may leave
    from dataclasses import dataclass, replace

    from report.disclosure import PROFILES as NARROW
    from report.disclosure import WITHHELD, Profile

    IS_STAND_IN = True
    PROFILES = {name: replace(p, bases={**p.bases, "Regional": p.bases["National"]}) for name, p in NARROW.items()}
    Key = tuple

    @dataclass(frozen=True, slots=True)
    class Relation:
        total: Key
        parts: tuple[Key, ...]
        kind: str = "equal"

    @dataclass(frozen=True, slots=True)
    class Treatment:
        value: int | None
        symbol: str
        reason: str

    def protect_primary(counts, profile):
        """Each count treated by itself."""
        treated = {}
        for key, n in counts.items():
            shown = profile.count(n, key[1])
            reason = "released" if profile.bases[key[1]] == 1 else "rounded"
            treated[key] = Treatment(None, "c", "primary") if shown == WITHHELD else Treatment(shown, "", reason)
        return treated

    def protect(counts, relations, profile):
        """As protect_primary: secondaries come with the engine."""
        return protect_primary(counts, profile)

    def attack(treatments, relations, profile):
        """The attacker comes with the engine."""
        raise NotImplementedError

__all__ = [
    "IS_STAND_IN",
    "PROFILES",
    "Key",
    "Profile",
    "Relation",
    "Treatment",
    "attack",
    "protect",
    "protect_primary",
]
