"""Protects counts, attacks the result, and withholds more wherever the attack succeeds, until it finds nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .attacker import Attacker, Breach
from .cells import Key, Relation, Treatment
from .profiles import Profile
from .suppression import protect, protect_more

ROUNDS = 8  # of attacking, and of withholding more


@dataclass(frozen=True)
class Secured:
    """What may be released of each count; what an attack upon it finds, which should be nothing; and how far it reached."""

    treatments: dict[Key, Treatment]
    breaches: list[Breach]
    n_given_away: int  # small counts that are known not to be the least that is withheld, because of zeros that are shown
    n_not_followed: int  # withheld counts of which only a wider part of the release could tell more than was looked at


def secured(counts: dict[Key, int], relations: Iterable[Relation], profile: Profile, left_over: Collection[Key] = ()) -> Secured:
    """Protects and attacks in turn. What was safe stays safe when more is withheld, so only the rest is attacked again."""
    relations = list(relations)
    treatments = protect(counts, relations, profile, left_over)
    first = attacker = Attacker(treatments, relations, profile)
    breaches = attacker.breaches()
    for _ in range(ROUNDS):
        if not breaches:
            break
        found = {breach.key for breach in breaches}
        former, treatments = treatments, protect_more(counts, relations, profile, left_over, treatments, sorted(found, key=str))
        found |= {key for key, treatment in treatments.items() if treatment != former[key]}
        former_attack, attacker = attacker, Attacker(treatments, relations, profile)
        breaches = attacker.breaches(only=found, after=former_attack)
    return Secured(treatments, breaches, first.n_given_away(), len(first.not_followed | attacker.not_followed))
