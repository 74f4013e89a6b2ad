"""Disclosure control, as the release uses it."""

from disclosure.attacker import attack
from disclosure.cells import Key, Relation, Treatment
from disclosure.profiles import PROFILES, Profile
from disclosure.suppression import protect, protect_primary

__all__ = ["PROFILES", "Key", "Profile", "Relation", "Treatment", "attack", "protect", "protect_primary"]
