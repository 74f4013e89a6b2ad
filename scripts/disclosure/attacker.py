"""Tries to find withheld counts, from what is released alone.

The attacker knows the released values, the rules of the profile, and the relations. It does not know which of the withheld counts
are primary. For each withheld cell it looks for the least and the largest count that agrees with everything released at once.
The rule that the protection is measured by:

- a primary cell must be able to take the whole range of what the profile withholds: 1 to 5 with `dfe`, 0 to 9 with `ons_srs`;
- a secondary cell must be able to take at least two different counts.

Zeros that are shown tell that a withheld count is not zero: it is at least 1 (`dfe`). Where zeros are withheld it may be 0
(`ons_srs`). One exception cannot be helped: a withheld total is at least the number of its parts that are not zero, even if all
else is withheld too. Such a total need not reach below what that alone gives away. An upper limit is no exception: where the
parts of a total cannot hide below it, the total has to be withheld too.

In large releases the programmes see some steps around each cell, while one relation at a time is followed through all of it.

Linear programming does not know that counts are whole numbers, beyond rounding the bounds inwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .cells import LEVEL, Key, Relation, Treatment
from .profiles import WITHHELD, Profile

TOLERANCE = 1e-5
SMALL = 400  # unknown cells of a part of the release that is looked at as a whole
REACHES = ((2, 300), (3, 2_000))  # steps along relations and unknown cells, in larger parts
ZERO_REACHES = ((1, 100), (3, 1_000), (20, 4_000))  # when it is asked what shown zeros give away
ROUNDS = 60  # of narrowing
WORLDS = 12  # of a year, before cells are looked at one by one


@dataclass(frozen=True, slots=True)
class Interval:
    """What the attacker can say of a withheld count: at least `low`, at most `high` (None: no limit).

    Where the cell is safe, the limits may be those already known to be possible, so that the true interval is as wide or wider.
    """

    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Breach:
    """A withheld cell of which more can be said than may be. `low` and `high` hold what was found: never to be released."""

    key: Key
    reason: str  # primary or secondary
    low: int
    high: int | None
    rule: str  # which demand is not met


class Contradiction(ValueError):
    """No counts at all agree with what is released."""


def attack(treatments: dict[Key, Treatment], relations: Iterable[Relation], profile: Profile) -> list[Breach]:
    """The withheld cells of which the release says too much, in order of their keys."""
    return Attacker(treatments, relations, profile).breaches()


def n_seen_at_once(treatments: dict[Key, Treatment], relations: Iterable[Relation], profile: Profile) -> int:
    """How many withheld cells are too narrow by looking at one relation at a time: at least so many could be worked out."""
    attacker = Attacker(treatments, relations, profile)
    low, high = attacker._narrowed(attacker.low, attacker.high)
    cells = np.flatnonzero(attacker.is_withheld)
    return sum(
        attacker.judge(attacker.keys[cell], _interval(low[cell], high[cell]), attacker.zeros_alone[0][cell]) is not None
        for cell in cells.tolist()
    )


def recover(
    treatments: dict[Key, Treatment], relations: Iterable[Relation], profile: Profile, whole: bool = False
) -> dict[Key, Interval]:
    """The interval of each withheld cell. `whole`: exact as far as whole numbers allow it (slow, for small releases)."""
    return Attacker(treatments, relations, profile).intervals(exact=True, whole=whole)


class Attacker:
    """The unknown counts of a release and the constraints on them."""

    def __init__(self, treatments: dict[Key, Treatment], relations: Iterable[Relation], profile: Profile):
        self.profile = profile
        self.first = 1 if profile.shows_zero else 0  # the range that a primary must cover
        self.last = profile.threshold - 1
        # Reasons are not released: they serve to judge what was found, and nothing else.
        self.reasons = {key: t.reason for key, t in treatments.items() if t.reason in ("primary", "secondary")}
        relations = list(relations)
        self.keys = list(dict.fromkeys([*treatments, *(key for r in relations for key in (r.total, *r.parts))]))
        self.keys.sort(key=str)
        self.place = {key: number for number, key in enumerate(self.keys)}
        self.low = np.zeros(len(self.keys))
        self.high = np.full(len(self.keys), inf)
        for key, treatment in treatments.items():
            self.low[self.place[key]], self.high[self.place[key]] = self._released(key, treatment)
        self._constraints(relations)
        self.is_withheld = np.zeros(len(self.keys), bool)
        self.is_withheld[[self.place[key] for key in self.reasons]] = True
        self.is_zero = self.high == 0
        # What shown zeros alone tell of all other counts, as far as one constraint at a time shows it.
        least = np.array([self.first if getattr(treatments.get(key), "symbol", "c") or treatments[key].value is not None else 0
                          for key in self.keys], float)
        self.zeros_alone = self._narrowed(np.where(self.is_zero, 0.0, least), np.where(self.is_zero, 0.0, inf))
        self.given = self.zeros_alone[0].copy()

    def _released(self, key: Key, treatment: Treatment) -> tuple[float, float]:
        """Between which counts a cell lies by what is shown of it alone."""
        if treatment.symbol == WITHHELD:
            return self.first, inf
        if treatment.value is None:  # left over, so never shown
            return 0, inf
        base, shown = self.profile.bases[key[LEVEL]], treatment.value
        if shown == 0 and self.profile.shows_zero:
            return 0, 0
        least = shown - base // 2
        return max(least, self.profile.threshold), least + base - 1

    def _constraints(self, relations: list[Relation]) -> None:
        """Rows of A with A x >= 0, or = 0 where `exact`."""
        entries: list[tuple[int, int, int]] = []
        exact: list[bool] = []
        for added, taken, is_zero in (row for relation in relations for row in relation.rows()):
            entries += [(len(exact), self.place[key], 1) for key in added]
            entries += [(len(exact), self.place[key], -1) for key in taken]
            exact.append(is_zero)
        rows, columns, values = (np.array(list(part)) for part in zip(*entries, strict=True)) if entries else ([], [], [])
        self.exact = np.array(exact, bool)
        self.a = csr_array(coo_array((np.array(values, float), (rows, columns)), shape=(len(exact), len(self.keys))))
        self.by_cell = csr_array(self.a.T)

    def _is_given(self, cell: int, limit: float) -> bool:
        """Whether a withheld cell is at least so large because of the shown zeros alone, whatever else is withheld."""
        low, high = self.zeros_alone
        for steps, most in ZERO_REACHES if self.first else ():
            if self.given[cell] >= limit - TOLERANCE:
                return True
            near, is_all = self._near(cell, ~self.is_zero, steps, most)
            self.given[cell] = max(self.given[cell], self._relaxed(cell, near, -1, low, high))
            if is_all:
                break
        return self.given[cell] >= limit - TOLERANCE

    def _narrowed(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Intervals made narrower by looking at one constraint at a time, until nothing changes (or for long enough)."""
        low, high = low.copy(), high.copy()
        a = self.a.tocoo()
        is_plus = a.data > 0
        is_exact = self.exact[a.row]
        size = len(self.exact)
        for _ in range(ROUNDS):
            # The largest value of each row, the unlimited terms counted apart; for exact rows also the least.
            largest = np.where(is_plus, high[a.col], -low[a.col])
            least = np.where(is_plus, low[a.col], -high[a.col])
            rest_high = _others(a.row, largest, size, inf)  # the largest of all other terms of the row
            rest_low = _others(a.row, least, size, -inf)
            new_low, new_high = low.copy(), high.copy()
            # x_j >= -rest where its sign is plus; x_j <= rest where it is minus. And the reverse in exact rows.
            np.maximum.at(new_low, a.col[is_plus], -rest_high[is_plus])
            np.minimum.at(new_high, a.col[~is_plus], rest_high[~is_plus])
            both = is_plus & is_exact
            np.minimum.at(new_high, a.col[both], -rest_low[both])
            both = ~is_plus & is_exact
            np.maximum.at(new_low, a.col[both], rest_low[both])
            if (new_low > new_high + TOLERANCE).any():
                raise Contradiction("the release contradicts itself: no counts agree with it")
            if (new_low == low).all() and (new_high == high).all():
                break
            low, high = new_low, new_high
        return low, high

    # The search

    def intervals(self, exact: bool = False, whole: bool = False, after: Attacker | None = None) -> dict[Key, Interval]:
        """The interval of each withheld cell. Unless `exact`, the search ends where a cell is known to be safe, or not.

        after: an attack upon the same counts when less was withheld. What was possible then is possible now.
        """
        self.integral, self.is_exact = whole, exact or whole
        self.low, self.high = self._narrowed(self.low, self.high)
        # The least and the largest count seen in a solution, and one solution.
        self.seen_low = after.seen_low.copy() if after else np.full(len(self.keys), inf)
        self.seen_high = after.seen_high.copy() if after else np.full(len(self.keys), -inf)
        self.is_world = after is not None and self._agrees(after.world)
        self.world = after.world if self.is_world else np.where(np.isfinite(self.low), self.low, 0)
        self.found: dict[int, tuple[float, float]] = {}
        self.not_followed: set[int] = set()  # cells of which only a wider part of a large release could tell more
        self.is_open = is_open = self.high > self.low
        for cell in np.flatnonzero(self.is_withheld & ~is_open).tolist():
            self.found[cell] = (self.low[cell], self.high[cell])
        for cells in self._parts(is_open):
            self._search(cells)
        return {self.keys[cell]: _interval(*self.found[cell]) for cell in sorted(self.found)}

    def _agrees(self, world: np.ndarray) -> bool:
        """Whether these counts agree with everything released."""
        left = self.a @ world
        is_within = (world >= self.low - TOLERANCE) & (world <= self.high + TOLERANCE)
        return bool(is_within.all() and (left >= -TOLERANCE).all() and (left[self.exact] <= TOLERANCE).all())

    def _parts(self, is_open: np.ndarray) -> list[np.ndarray]:
        """The unknown cells, in parts that no constraint links. Parts without a withheld cell are left out."""
        entries = self.a.tocoo()
        keep = is_open[entries.col]
        size = len(self.exact) + len(self.keys)
        edges = coo_array((np.ones(keep.sum()), (entries.row[keep], len(self.exact) + entries.col[keep])), shape=(size, size))
        _, labels = connected_components(edges, directed=False)
        labels = labels[len(self.exact) :]
        groups = defaultdict(list)
        wanted = set(labels[self.is_withheld & is_open].tolist())
        for cell in np.flatnonzero(is_open).tolist():
            if labels[cell] in wanted:
                groups[labels[cell]].append(cell)
        return [np.array(group) for _, group in sorted(groups.items())]

    def _search(self, cells: np.ndarray) -> None:
        """Finds the interval of each withheld cell of a part."""
        targets = cells[self.is_withheld[cells]]
        self.base = self.world if self.is_world else self._some_solution(cells)
        self.world[cells] = self.base[cells]
        if not self.is_exact and not self.is_world and len(targets) > SMALL:
            self._look_around(cells)
        reaches = () if len(cells) <= SMALL or self.is_exact else REACHES
        for cell in targets.tolist():
            low = self._limit(cell, cells, reaches, -1)
            high = self._limit(cell, cells, reaches, 1)
            self.found[cell] = (low, high)

    def _look_around(self, cells: np.ndarray) -> None:
        """Worlds of one year at a time, in each of which many cells go up and many go down, all others staying where they are."""
        years = np.array([str(self.keys[cell][0]) for cell in cells])
        random = np.random.default_rng(0)
        for year in np.unique(years):
            near = self._near_all(cells[years == year])
            for _ in range(WORLDS):
                weights = np.where(self.is_withheld[near], random.choice([-1.0, 1.0], len(near)), 0.0)
                is_proven = [self.seen_low[near] <= np.maximum(self.first, self.given[near]), self.seen_high[near] >= self.last]
                weights[is_proven[0] & is_proven[1]] = 0
                weights = np.where(is_proven[0] & ~is_proven[1], -np.abs(weights), weights)
                weights = np.where(is_proven[1] & ~is_proven[0], np.abs(weights), weights)
                if not weights.any():
                    break
                self._solve(near, weights, cap=self.last)

    def _near_all(self, cells: np.ndarray) -> np.ndarray:
        """The cells, and those open that share a constraint with them."""
        wider = np.unique(self.a[np.unique(self.by_cell[cells].indices)].indices)
        return wider[self.is_open[wider]]

    def _some_solution(self, cells: np.ndarray) -> np.ndarray:
        """A solution well inside: between one with small withheld counts and one with large ones."""
        solutions = []
        for sign in (1, -1):
            self.base = np.where(np.isfinite(self.low), self.low, 0)
            weights = np.where(self.is_withheld[cells], float(sign), 0.0)
            solution = self._solve(cells, weights, cap=self.last + 1.0)
            if solution is None:
                raise Contradiction("the release contradicts itself: no counts agree with it")
            solutions.append(solution)
        middle = self.base.copy()
        middle[cells] = (solutions[0] + solutions[1]) / 2
        return middle

    def _limit(self, cell: int, cells: np.ndarray, reaches: tuple, sign: int) -> float:
        """The least (sign -1) or largest (1) count of a cell: exact, or as far as it takes to know that it is safe or not."""
        if not self.is_exact:
            if self._is_safe(cell, self._seen(cell, sign), sign):
                return self._seen(cell, sign)
            outer = self.low[cell] if sign < 0 else self.high[cell]
            if self._is_found(cell, outer, sign):
                return outer  # even the widest interval is too narrow
        for steps, most in reaches:
            near, is_all = self._near(cell, self.is_open, steps, most)
            self._push(cell, near, sign)
            if is_all or self._is_safe(cell, self._seen(cell, sign), sign):
                return self._seen(cell, sign)
            outer = self._relaxed(cell, near, sign, self.low, self.high)
            if self._is_found(cell, outer, sign):
                return outer
        if reaches:
            self.not_followed.add(cell)
            return outer
        return self._push(cell, cells, sign)

    def _is_found(self, cell: int, outer: float, sign: int) -> bool:
        """Whether a limit that a cell cannot be beyond is too narrow already."""
        if self.reasons[self.keys[cell]] == "secondary":
            low, high = (outer, self.high[cell]) if sign < 0 else (self.low[cell], outer)
            return _n_counts(low, high) < 2
        return not self._is_safe(cell, outer, sign) and (sign > 0 or not self._is_given(cell, outer))

    def _seen(self, cell: int, sign: int) -> float:
        return self.seen_low[cell] if sign < 0 else self.seen_high[cell]

    def _is_safe(self, cell: int, limit: float, sign: int) -> bool:
        """Whether a limit is as far out as the rule demands of the cell."""
        if self.reasons[self.keys[cell]] == "primary":
            if sign > 0:
                return limit >= self.last - TOLERANCE
            return limit <= max(self.first, self.given[cell]) + TOLERANCE
        low, high = (limit, self.seen_high[cell]) if sign < 0 else (self.seen_low[cell], limit)
        return _n_counts(low, high) >= 2

    def breaches(self, only: Collection[Key] | None = None, after: Attacker | None = None) -> list[Breach]:
        """The withheld cells of which the release says too much, in order of their keys; `only` these are looked at.

        after: an attack made when less was withheld. What it saw saves looking again.
        """
        if only is not None:
            self.is_withheld &= np.array([key in only for key in self.keys], bool)
        found = self.intervals(after=after)
        return [breach for key, interval in found.items() if (breach := self.judge(key, interval))]

    def n_given_away(self) -> int:
        """How many small counts are known not to be the least that is withheld, by shown zeros alone."""
        is_primary = np.array([self.reasons.get(key) == "primary" for key in self.keys], bool)
        return int((is_primary & (self.given > self.first)).sum())

    def judge(self, key: Key, interval: Interval, given: float | None = None) -> Breach | None:
        """Whether an interval is too narrow for the cell. `given`: the least that zeros alone tell, if that is known already."""
        cell = self.place[key]
        reason = self.reasons[key]
        high = inf if interval.high is None else interval.high
        rule = None
        if reason == "primary":
            limit = interval.low - 1 + 2 * TOLERANCE
            if interval.low > self.first and not (self._is_given(cell, limit) if given is None else given >= limit):
                rule = f"at least {interval.low}"
            if high < self.last:
                rule = f"{rule}, at most {interval.high}" if rule else f"at most {interval.high}"
        elif high - interval.low < 1:
            rule = "one count only"
        return Breach(key, reason, interval.low, interval.high, rule) if rule else None

    # Linear programmes

    def _near(self, start: int, allowed: np.ndarray, steps: int, most: int) -> tuple[np.ndarray, bool]:
        """Cells around one that are allowed, and whether there are no others that hang together with them."""
        found = np.array([start])
        for _ in range(steps):
            rows = np.unique(self.by_cell[found].indices)
            wider = np.unique(self.a[rows].indices)
            wider = wider[allowed[wider]]
            if len(wider) == len(found):
                return found, True
            if len(wider) > most and len(found) > 1:
                break
            found = wider
        return found, False

    def _push(self, cell: int, cells: np.ndarray, sign: int) -> float:
        """Moves a cell as far as it goes, and with it others as yet unproven; all cells not given stay where they are."""
        weights = np.zeros(len(cells))
        if not self.is_exact:
            proven = self.seen_high[cells] >= self.last if sign > 0 else self.seen_low[cells] <= self.first
            weights[self.is_withheld[cells] & ~proven] = -sign * 1e-4
        weights[cells == cell] = -sign
        solution = self._solve(cells, weights, cap=None if self.is_exact else max(self.last, self._enough(cell)), cell=cell)
        # A solution exists, so if none is the best then there is no limit.
        return sign * inf if solution is None else float(solution[cells == cell][0])

    def _enough(self, cell: int) -> float:
        """A count beyond which it does not matter how large the cell can be."""
        return max(self.last, self.seen_low[cell] + 1 if np.isfinite(self.seen_low[cell]) else 0)

    def _solve(self, cells: np.ndarray, weights: np.ndarray, cap: float | None, cell: int | None = None):
        """The solution with the least weighted sum, where only the cells given may move. Counts above `cap` earn nothing more."""
        rows = np.unique(self.by_cell[cells].indices)
        a = self.a[rows]
        fixed = self.base.copy()
        fixed[cells] = 0
        rest = a @ fixed
        local = a[:, cells].tocsc()
        low, high = self.low[cells], self.high[cells]
        columns, costs, lows, highs = np.arange(len(cells)), weights, low, high
        if cap is not None:
            split = np.flatnonzero((weights < 0) & (high > np.maximum(cap, low)))
            first_high = high.copy()
            first_high[split] = np.maximum(cap, low[split])
            columns = np.concatenate([columns, split])
            costs = np.concatenate([weights, np.zeros(len(split))])
            lows = np.concatenate([low, np.zeros(len(split))])
            highs = np.concatenate([first_high, high[split] - first_high[split]])
        result = milp(
            costs,
            constraints=LinearConstraint(local[:, columns], -rest, np.where(self.exact[rows], -rest, inf)),
            bounds=Bounds(lows, highs),
            integrality=1 if self.integral else 0,
        )
        if result.x is None:
            return None
        solution = np.zeros(len(cells))
        np.add.at(solution, columns, result.x)
        self.seen_low[cells] = np.minimum(self.seen_low[cells], solution)
        self.seen_high[cells] = np.maximum(self.seen_high[cells], solution)
        return solution

    def _relaxed(self, cell: int, cells: np.ndarray, sign: int, low: np.ndarray, high: np.ndarray) -> float:
        """The limit if only the constraints around the cell are known: never narrower than the true one."""
        rows = np.unique(self.by_cell[cells].indices)
        a = self.a[rows]
        members = np.unique(a.indices)
        local = a[:, members].tocsc()
        costs = np.where(members == cell, -float(sign), 0.0)
        result = milp(
            costs,
            constraints=LinearConstraint(local, 0, np.where(self.exact[rows], 0, inf)),
            bounds=Bounds(low[members], high[members]),
        )
        if result.x is None:
            return sign * inf
        return float(result.x[members == cell][0])


def _others(rows: np.ndarray, terms: np.ndarray, size: int, unlimited: float) -> np.ndarray:
    """For each term, the sum of all other terms of its row; `unlimited` if one of them is."""
    is_infinite = np.isinf(terms)
    finite = np.where(is_infinite, 0.0, terms)
    sums = np.bincount(rows, finite, size)[rows] - finite
    n_infinite = np.bincount(rows, is_infinite, size)[rows] - is_infinite
    return np.where(n_infinite > 0, unlimited, sums)


def _n_counts(low: float, high: float) -> float:
    """How many whole counts lie between two limits."""
    return np.floor(high + TOLERANCE) - np.ceil(low - TOLERANCE) + 1


def _interval(low: float, high: float) -> Interval:
    """Bounds rounded inwards to whole counts."""
    return Interval(int(np.ceil(low - TOLERANCE)), None if np.isinf(high) else int(np.floor(high + TOLERANCE)))
