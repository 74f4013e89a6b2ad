"""What may be shown of the extract, and in which form (R25).

Every count of the extract goes through a profile before it reaches a table, a chart or a sentence; rates and percentages are
computed from what came out. Published and printed figures are public and do not come here. What is withheld is `WITHHELD`;
None means that there is no such figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WITHHELD = "c"
ALL_BUT_FEW = "all"  # so nearly the whole that the rest is withheld
NATIONAL, REGION, AUTHORITY = "National", "Regional", "Local authority"
LEAST_FOR_A_MEAN = 10

Shown = int | str | None


@dataclass(frozen=True)
class Profile:
    """A set of rules for what leaves."""

    name: str
    threshold: int  # counts below are withheld
    shows_zero: bool  # a true zero is shown
    bases: dict[str, int]  # to what counts are rounded, by geography level
    few: str  # how many are too few, in words
    rules: str  # the rules in words

    def count(self, n: int | None, level: str = NATIONAL) -> Shown:
        """A count in the form in which it may be shown."""
        if n is None:
            return None
        if n < self.threshold and not (n == 0 and self.shows_zero):
            return WITHHELD
        base = self.bases[level]
        return base * ((n + base // 2) // base)

    def parts(self, counts: Sequence[int], total: int, level: str = NATIONAL) -> tuple[list[Shown], Shown]:
        """The parts of a total that is shown beside them, and the total.

        A part that is withheld alone could be found by subtraction, so the next smallest is withheld with it. Which one that
        is depends on rounded counts only. Parts of a total that is itself withheld are all withheld.
        """
        shown_total = self.count(total, level)
        shown = [self.count(n, level) for n in counts]
        if shown_total == WITHHELD:
            return [WITHHELD] * len(shown), shown_total
        if shown.count(WITHHELD) == 1:
            others = [place for place, n in enumerate(shown) if n not in (WITHHELD, 0)]
            if others:
                shown[min(others, key=lambda place: (shown[place], place))] = WITHHELD
        return shown, shown_total

    def share(self, part: int, whole: int, level: str = NATIONAL) -> Share:
        """A part of a whole, as a count and in percent. Where few are left over, that is withheld too."""
        (shown, _), shown_whole = self.parts([part, whole - part], whole, level)
        is_nearly_all = shown == WITHHELD and shown_whole != WITHHELD and self.count(part, level) != WITHHELD
        return Share(shown, shown_whole, ALL_BUT_FEW if is_nearly_all else ratio(shown, shown_whole, 100))

    def mean(self, value: float | None, n: int, decimals: int = 2) -> float | str | None:
        """A mean over n cases."""
        if value is None:
            return None
        return round(value, decimals) if n >= LEAST_FOR_A_MEAN else WITHHELD


@dataclass(frozen=True)
class Share:
    """A part of a whole as it may be shown."""

    part: Shown
    whole: Shown
    percent: float | str | None  # WITHHELD, ALL_BUT_FEW, or None where there is no whole


def ratio(shown: Shown, whole: Shown | float, per: float, decimals: int = 1) -> float | str | None:
    """What is shown per 100, or per 10,000, of a whole. Withheld if either is; None if either is not there, or the whole is 0."""
    if shown is None or not whole:
        return None
    if WITHHELD in (shown, whole):
        return WITHHELD
    return round(per * shown / whole, decimals)


def difference(shown: Shown, published: float | None, scale: float = 1) -> float | str | None:
    """How far a shown count, scaled, lies from a published one, in percent of the published one."""
    scaled = shown if shown in (None, WITHHELD) else shown * scale
    off = ratio(scaled, published, 100)
    return off if off in (None, WITHHELD) else round(off - 100, 1)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="ons_srs",
            threshold=10,
            shows_zero=False,
            bases={NATIONAL: 10, REGION: 10, AUTHORITY: 10},
            few="fewer than 10",
            rules=(
                "Counts under 10, zero among them, are withheld (c); all others are rounded to the nearest 10, for England, "
                "regions and authorities."
            ),
        ),
        Profile(
            name="dfe",
            threshold=6,
            shows_zero=True,
            bases={NATIONAL: 10, REGION: 10, AUTHORITY: 1},
            few="1 to 5",
            rules=(
                "Counts from 1 to 5 are withheld (c); counts of England and of regions are rounded to the nearest 10, those of "
                "authorities are not rounded; a zero is a true zero."
            ),
        ),
    )
}
