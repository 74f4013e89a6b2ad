"""Decides which counts of a release are withheld, so that none of the withheld ones can be found.

Primary: the profile withholds the count for itself. Secondary: the count is withheld because another could be found through it.

All that is released, and how it hangs together, is a system of linear constraints; the true counts are one solution of it. A
withheld count is safe if there are other solutions in which it takes other values: its witnesses (Fischetti, Salazar 2001).
First comes what has to be withheld in any case, since a sum of exact counts hides no small one alone. Then linear programmes
look for worlds in which many small counts of a year at once are as high as demanded, or as low; a few worlds are enough for
most. For each of the rest, one of each table at a time, what stands in its way is withheld at the least cost (Kelly, Golden,
Assad 1992). A witness stays one whatever is withheld later, so the years are worked on apart. Last, what can still be found by
looking at one relation after another, over all years, is hidden by withholding what tells of it. In small releases all
witnesses are sought once more at the end, and guards that none needs are released.

Which way a count goes is drawn from fixed numbers in the order of the keys: the same counts and relations give the same guards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from .cells import LEVEL, Key, Relation, Treatment
from .profiles import WITHHELD, Profile
from .system import System
from .worlds import TINY, Worlds

UP, DOWN = 1, -1  # a witness shows a primary as high, or as low, as demanded
MISSING = 1e5  # what a unit short of a demand costs; dearer than any way to reach it
BONUS = 0.1  # what a unit towards another demand is worth; less than it costs to withhold anything
FREE, PAID, TRIES = 8, 20, 3  # rounds with what is withheld already, and at a price; times that a demand leads
MANY = 3_000  # demands of one part, from which no guard is released again: it would take long, and little would be gained
SMALL = 2_000  # cells of one part, up to which demands are also looked at one by one
FEW = 400  # demands of one part, up to which each guard is tried
NO_LIMIT = 1e9  # more than any count
LARGE = 20_000  # cells from which work is shared between processes

Demand = tuple[int, int]  # cell and side


def protect(
    counts: dict[Key, int],
    relations: Iterable[Relation],
    profile: Profile,
    left_over: Collection[Key] = (),
    processes: int | None = None,
) -> dict[Key, Treatment]:
    """What may be released of each count, given all relations among them.

    `left_over`: counts that are never shown, but known to anyone where those are that they are left over from. `processes`: how
    many at most work on it.

    Raises ValueError if the counts do not keep to the relations, or a relation names a cell without a count.
    """
    system = System(counts, relations, profile, left_over)
    processes = (processes or os.cpu_count() or 1) if len(system.keys) >= LARGE else 1
    parts = _by_year(system)
    part_of = {cell: number for number, (own, _) in enumerate(parts) for cell in own.tolist()}
    demands: list[list[Demand]] = [[] for _ in parts]
    for cell in np.flatnonzero(system.is_primary).tolist():
        demands[part_of[cell]] += [(cell, UP), (cell, DOWN)]
    secondary: set[int] = set() if len(part_of) < LARGE else hidden_in_sums(system)
    tasks = [(*part, mine, secondary) for part, mine in zip(parts, demands, strict=True)]
    secondary = secondary.union(*_shared_out(_protected, system, tasks, processes))
    secondary |= hidden_from_sight(system, secondary)
    return {
        key: _treatment(counts[key], profile, key[LEVEL], cell in secondary, system.is_left_over[cell])
        for cell, key in enumerate(system.keys)
    }


def protect_more(
    counts: dict[Key, int],
    relations: Iterable[Relation],
    profile: Profile,
    left_over: Collection[Key],
    treatments: dict[Key, Treatment],
    found: Iterable[Key],
) -> dict[Key, Treatment]:
    """The treatments after more was withheld around counts that an attack has found, those near one another together."""
    system = System(counts, relations, profile, left_over)
    place = {key: cell for cell, key in enumerate(system.keys)}
    is_withheld = np.array([treatments[key].reason in ("primary", "secondary", "left over") for key in system.keys], bool)
    n_cells = np.diff(system.matrix.indptr)
    waiting = {place[key]: None for key in found}
    while waiting:
        cell, more = next(iter(waiting)), []
        near = [cell]
        if system.is_primary[cell]:
            part = _around(system, cell, SMALL)
            near += [other for other in part.tolist() if other in waiting and other != cell and system.is_primary[other]]
            chosen = np.flatnonzero(is_withheld & ~system.is_primary & ~system.is_left_over)
            demands = [(other, side) for other in near for side in (UP, DOWN)]
            more = Protector(system, part, part, demands, set(chosen.tolist())).run()
        is_withheld[more or _teller(system, cell, is_withheld, n_cells)] = True
        for other in near:
            del waiting[other]
    chosen = np.flatnonzero(is_withheld & ~system.is_primary & ~system.is_left_over)
    secondary = hidden_from_sight(system, set(chosen.tolist()))
    return {
        key: _treatment(counts[key], profile, key[LEVEL], cell in secondary, system.is_left_over[cell])
        for cell, key in enumerate(system.keys)
    }


def protect_primary(counts: dict[Key, int], profile: Profile, left_over: Collection[Key] = ()) -> dict[Key, Treatment]:
    """Each count treated by itself: what a release without secondary suppression would be."""
    return {key: _treatment(n, profile, key[LEVEL], False, key in left_over) for key, n in counts.items()}


def _treatment(n: int, profile: Profile, level: str, is_secondary: bool, is_left_over: bool = False) -> Treatment:
    shown = profile.count(n, level)
    if is_left_over:
        return Treatment(None, "", "primary" if shown == WITHHELD else "left over")
    if shown == WITHHELD:
        return Treatment(None, WITHHELD, "primary")
    if is_secondary:
        return Treatment(None, WITHHELD, "secondary")
    return Treatment(shown, "", "released" if profile.bases[level] == 1 else "rounded")


def hidden_in_sums(system: System) -> set[int]:
    """What has to be withheld in any case: a sum of exact counts hides a small one only among others, and only where these can
    give it all that the rule withholds. The cheapest are taken.
    """
    is_withheld, matrix = system.is_primary | system.is_left_over, system.matrix
    is_exact = (system.low >= system.high) | is_withheld
    sums = [row for row in np.flatnonzero(system.is_equal).tolist() if is_exact[system.members(row)].all()]
    while True:
        n_before = is_withheld.sum()
        for row in sums:
            members, signs = system.members(row), matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]]
            if not system.is_primary[members].any():
                continue
            for cell in [*sorted(members.tolist(), key=lambda cell: (system.price[cell], cell)), None]:
                if cell is None or _can_hide(system, members[is_withheld[members]], signs[is_withheld[members]]):
                    break
                is_withheld[cell] |= bool(np.isfinite(system.price[cell]))
        if is_withheld.sum() == n_before:
            return set(np.flatnonzero(is_withheld & ~system.is_primary & ~system.is_left_over).tolist())


def _can_hide(system: System, cells: np.ndarray, signs: np.ndarray) -> bool:
    """Whether the withheld cells of a sum can take from one another: whole and part rise together; parts share what they have."""
    if len(cells) < 2 or len(set(signs.tolist())) > 1:
        return len(cells) > 1
    return bool(system.n[cells].sum() >= system.most + system.least[cells].sum() - system.least[cells].max())


def hidden_from_sight(system: System, secondary: set[int]) -> set[int]:
    """What else has to be withheld so that no withheld count is found by looking at one relation at a time, whole numbers and
    all: for each that is, the cheapest count that tells of it.
    """
    is_withheld = system.is_primary | system.is_left_over
    is_withheld[list(secondary)] = True
    n_cells = np.diff(system.matrix.indptr)
    while True:
        low, high = _limits(system, is_withheld)
        is_found = system.is_primary & ((high < system.most) | (low > np.maximum(system.floor, system.first)))
        is_found |= is_withheld & ~system.is_primary & ~system.is_left_over & (low == high)
        more = set()
        for cell in np.flatnonzero(is_found).tolist():
            more.update(_teller(system, cell, is_withheld, n_cells))
        if not more:
            return set(np.flatnonzero(is_withheld & ~system.is_primary & ~system.is_left_over).tolist())
        is_withheld[list(more)] = True


def _teller(system: System, cell: int, is_withheld: np.ndarray, n_cells: np.ndarray) -> list[int]:
    """The cheapest released count in the narrowest relation of a cell, or, if there is none, in those of the cells beside it."""
    near = np.array([cell])
    for _ in range(4):
        rows = np.unique(system.by_cell[near].indices)
        for row in rows[np.lexsort((rows, n_cells[rows]))].tolist():
            members = system.members(row)
            tellers = members[~is_withheld[members] & np.isfinite(system.price[members])]
            if len(tellers):
                return [int(tellers[np.argmin(system.price[tellers])])]
        near = np.unique(system.matrix[rows].indices)
        near = near[~system.is_fixed[near]]
    return []


def _limits(system: System, is_withheld: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest that each count can be, each relation narrowing its counts by the limits of the others."""
    low, high = np.where(is_withheld, system.least, system.low), np.where(is_withheld, NO_LIMIT, system.high)
    entries = system.matrix.tocoo()
    both = system.is_equal[entries.row]
    rows = np.concatenate([entries.row, entries.row[both] + len(system.is_equal)])
    cells, signs = np.concatenate([entries.col, entries.col[both]]), np.concatenate([entries.data, -entries.data[both]])
    is_more = signs > 0
    while True:
        most = np.where(is_more, high[cells], -low[cells])
        rest = np.bincount(rows, most)[rows] - most
        lower, upper = low.copy(), high.copy()
        np.maximum.at(lower, cells[is_more], -rest[is_more])
        np.minimum.at(upper, cells[~is_more], rest[~is_more])
        if (lower == low).all() and (upper == high).all():
            return low, high
        low, high = lower, upper


# Parts of the system, and the processes that work on them


def _by_year(system: System) -> list[tuple[np.ndarray, np.ndarray]]:
    """The cells of each year, and all that may move with them, those of other years among these."""
    years = _numbered([str(key[0]) for key in system.keys])
    parts = []
    for year in np.unique(years[system.is_primary]):
        own = np.flatnonzero(years == year)
        near = _beside(system, own)
        near = np.union1d(near, _beside(system, near[years[near] != year]))
        parts.append((own, near[~system.is_fixed[near]]))
    return parts


def _numbered(values: list[str]) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


def _beside(system: System, cells: np.ndarray) -> np.ndarray:
    """These cells, and all that share a relation with them."""
    return np.union1d(cells, system.matrix[np.unique(system.by_cell[cells].indices)].indices)


def _around(system: System, cell: int, most: int) -> np.ndarray:
    """The cells around one, relation by relation, fewer than `most` but for those that share one with it."""
    near = np.array([cell])
    while True:
        wider = _beside(system, near)
        wider = wider[~system.is_fixed[wider]]
        if len(wider) == len(near) or (len(wider) >= most and len(near) > 1):
            return near
        near = wider


_shared: System | None = None


def _shared_out(work: Callable, system: System, tasks: list[tuple], processes: int) -> list:
    """Does the work for each task, in several processes if there are several of both."""
    global _shared
    _shared = system
    try:
        if min(processes, len(tasks)) < 2:
            return [work(task) for task in tasks]
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
            return list(pool.map(work, tasks))
    finally:
        _shared = None


def _protected(task: tuple[np.ndarray, np.ndarray, list[Demand], set[int]]) -> list[int]:
    return Protector(_shared, *task).run()


class Protector:
    """Chooses the secondaries that some demands need, within a part of the system; without demands, those that secondaries need.

    `open`: the demands that have no witness as yet; `needs`: of the others, the released cells that the witness would show
    otherwise.
    """

    def __init__(self, system: System, own: np.ndarray, cells: np.ndarray, demands: list[Demand], secondary: set[int]):
        is_own = np.isin(cells, own)
        is_given = (
            system.is_primary[cells] | system.is_left_over[cells] | np.isin(cells, list(secondary))
        )  # withheld, whatever is chosen here
        can_move = is_own | is_given | (system.high[cells] > system.low[cells])
        self.cells, self.is_given, is_own = cells[can_move], is_given[can_move], is_own[can_move]
        self.is_own, self.keys = is_own, [system.keys[cell] for cell in self.cells]
        self.worlds = Worlds(system, self.cells)
        self.goal = {
            UP: np.maximum(system.most - self.worlds.n, 0),
            DOWN: np.minimum(np.maximum(system.floor[self.cells], system.first) - self.worlds.n, 0),
        }
        self.price = np.where(is_own, system.price[self.cells], np.inf)  # nothing else is withheld for these demands
        self.is_withheld = self.is_given.copy()
        self.is_primary = system.is_primary[self.cells] | system.is_left_over[self.cells]  # or never shown
        place = {cell: number for number, cell in enumerate(self.cells.tolist())}
        self.demands = [(place[cell], side) for cell, side in demands]
        self.open: set[Demand] = set(self.demands)
        self.needs: dict[Demand, np.ndarray] = {}
        self.random = np.random.default_rng(len(self.cells))  # the same each time

    def run(self) -> list[int]:
        """The secondaries."""
        self._meet(self.price)
        if len(self.demands) < MANY:
            self._release()
        if len(self.cells) < SMALL:
            self._take_what_there_is()
            self._part_guards()
        return self.cells[self.is_withheld & ~self.is_given].tolist()

    def _meet(self, price: np.ndarray) -> None:
        """Meets all demands it can: with what is withheld already, then at a price."""
        self._note(np.zeros(len(self.cells)))
        for _ in range(FREE):
            self._try(())
        n_tries = dict.fromkeys(self.open, 0)
        is_small = len(self.cells) < SMALL
        for _ in range(PAID + len(self.open) if is_small else PAID):
            leaders = self._leaders(n_tries, TRIES if is_small else TRIES - 1)
            if not leaders:
                break
            self._try(leaders, price)
            n_tries.update({demand: n_tries[demand] + 1 for demand in leaders})

    def _take_what_there_is(self) -> None:
        """What cannot be met as a whole is met as far as can be, if need be by fractions."""
        for cell, side in sorted(self.open):
            worth, goal = np.zeros(len(self.cells)), np.zeros(len(self.cells))
            worth[cell], goal[cell] = MISSING * side, self.goal[side][cell]
            moves = self.worlds.best(worth, goal, self.is_withheld, self.price)
            self.is_withheld |= self.worlds.is_seen(moves)
        self.open = set()

    def _try(self, leaders: Iterable[Demand], price: np.ndarray | None = None) -> None:
        """One world: the leaders get what they demand, if it can be had, the other open demands what comes for nothing."""
        if not self.open:
            return
        worth, goal = np.zeros(len(self.cells)), np.zeros(len(self.cells))
        for (cell, side), draw in zip(sorted(self.open), self.random.random(len(self.open)), strict=True):
            if not worth[cell] or draw < 0.5:
                worth[cell], goal[cell] = BONUS * side, self.goal[side][cell]
        for cell, side in leaders:
            worth[cell], goal[cell] = MISSING * side, self.goal[side][cell]
        nothing = np.full(len(self.cells), np.inf)
        self._note(self.worlds.best(worth, goal, self.is_withheld, nothing if price is None else price))

    def _leaders(self, n_tries: dict[Demand, int], most: int) -> list[Demand]:
        """One demand of each table of each place, that which is furthest from being met; then one of each place, then one
        alone.
        """
        waiting = [demand for demand in self.open if n_tries[demand] < most]
        n_before = min((n_tries[demand] for demand in waiting), default=0)
        leaders: dict[tuple, Demand] = {}
        for cell, side in sorted(waiting, key=lambda demand: (-abs(self.goal[demand[1]][demand[0]]), demand)):
            if n_tries[cell, side] == n_before:
                key = self.keys[cell]
                leaders.setdefault(((*key[:3], key[4]), key[:3], ())[n_before], (cell, side))
        return list(leaders.values())

    def _note(self, moves: np.ndarray) -> None:
        """Notes all open demands that the moves meet, and withholds what has to be for them."""
        world = self.worlds.apart(moves)
        is_seen = self.worlds.is_seen(moves) & ~self.is_given
        needs: dict[int, np.ndarray] = {-1: np.array([], int)}
        met = []
        for cell, side in sorted(self.open):
            goal, number = self.goal[side][cell], int(world[cell])
            if moves[cell] * side < goal * side - TINY or (goal and number < 0):
                continue
            if number not in needs:
                needs[number] = np.flatnonzero((world == number) & is_seen)
                self.is_withheld[needs[number]] = True
            self.needs[cell, side] = needs[number]
            met.append((cell, side))
        self.open -= set(met)

    def _release(self) -> None:
        """Seeks all witnesses once more, those guards being dear that few of them needed, and releases guards that none needs
        now.
        """
        former, guards = self.needs, self.is_withheld & ~self.is_given
        if not guards.any():
            return
        n_uses = np.bincount(np.concatenate(list(former.values())), minlength=len(self.cells))
        unmet, self.open, self.needs = self.open, set(former), {}
        self.is_withheld = self.is_given.copy()
        self._meet(np.where(guards, self.price / (1 + n_uses), np.inf))
        for demand in self.open:
            self.is_withheld[former[demand]] = True
            self.needs[demand] = former[demand]
        self.open = unmet
        if len(self.demands) < FEW:
            for cell in sorted(np.flatnonzero(self.is_withheld & ~self.is_given), key=lambda cell: (-self.worlds.n[cell], cell)):
                self._try_release(int(cell))

    def _try_release(self, cell: int) -> None:
        """Releases a guard again, if all whose witness needs it have another."""
        self.is_withheld[cell] = False
        found = {}
        for place, side in sorted(demand for demand, needs in self.needs.items() if cell in needs):
            worth, goal = np.zeros(len(self.cells)), np.zeros(len(self.cells))
            worth[place], goal[place] = side, self.goal[side][place]
            moves = self.worlds.best(worth, goal, self.is_withheld, np.full(len(self.cells), np.inf))
            world = self.worlds.apart(moves)
            if moves[place] * side < goal[place] * side - TINY or world[place] < 0:
                self.is_withheld[cell] = True
                return
            is_needed = (world == world[place]) & self.worlds.is_seen(moves) & ~self.is_given
            found[place, side] = np.flatnonzero(is_needed)
        self.needs |= found

    def _part_guards(self) -> None:
        """Lets each guard take another count too, as far as something may be withheld for it."""
        is_alone = self.is_withheld & ~self.is_primary & self.is_own
        for number in range(FREE + PAID):
            if not is_alone.any():
                return
            side = np.where(self.random.random(len(self.cells)) < 0.5, UP, DOWN) * is_alone
            price = self.price if number >= FREE else np.full(len(self.cells), np.inf)
            moves = self.worlds.best(side * 1.0, side * 1.0, self.is_withheld, price)
            world = self.worlds.apart(moves)
            is_shown = (world >= 0) & self.worlds.is_seen(moves) & ~self.is_withheld
            self.is_withheld |= is_shown
            is_alone = (is_alone | is_shown) & ~((world >= 0) & (np.abs(moves) >= 1 - TINY))
