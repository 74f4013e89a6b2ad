"""Decides which counts of a release are withheld, so that none of the withheld ones can be found.

Primary: the profile withholds the count for itself. Secondary: the count is withheld because another could be found through it.

All that is released, and how it hangs together, is a system of linear constraints; the true counts are one solution of it. A
withheld count is safe if there are other solutions in which it takes other values: its witnesses. For each primary without
a witness, a linear programme looks for the solution that moves it far enough and moves as little as possible of what is
released; what has to move is withheld (Kelly, Golden, Assad 1992; Fischetti, Salazar 2001). The programme only sees the
neighbourhood of the cell, all else stays at the truth, so that its solution is one of the whole system. A witness stays one
whatever is withheld later, so each primary is looked at once. At the end each secondary is released again, the largest first, if
all whose witness moves it have another.

Nothing here draws lots or depends on the order in which counts and relations are given.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import inf
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from .cells import LEVEL, Key, Relation, Treatment
from .profiles import WITHHELD, Profile
from .system import System

TINY = 1e-6
UP, DOWN, APART = "up", "down", "apart"  # a witness shows a primary as high, as low as demanded; a secondary at least 1 off
MISSING = 1e4  # what a unit short of the demand costs; dearer than any way to reach it
BONUS = 0.1  # what a unit towards another open demand is worth; less than it costs to withhold anything
LARGE = 20_000  # cells from which work is shared between processes
BUNDLE = 1_000  # primaries that are worked on together


class Reach(NamedTuple):
    """How far around a cell others may move."""

    steps: int  # along relations
    cheapest: int  # how many released cells of each relation may be withheld
    most: int  # cells, after which the search goes no further
    with_totals: bool  # whether the totals above may be withheld too


REACHES = (Reach(3, 2, 1_200, False), Reach(3, 4, 2_000, True), Reach(5, 20, 8_000, True), Reach(10**6, 10**6, 10**9, True))
CLOSE = Reach(2, 2, 300, False)  # when a witness is sought again


def protect(
    counts: dict[Key, int], relations: Iterable[Relation], profile: Profile, processes: int | None = None
) -> dict[Key, Treatment]:
    """What may be released of each count, given all relations among them. `processes`: how many at most work on it.

    Raises ValueError if the counts do not keep to the relations, or a relation names a cell without a count.
    """
    system = System(counts, relations, profile)
    bundles = _bundled(system.components())
    processes = min(processes or os.cpu_count() or 1, len(bundles))
    if processes > 1 and len(system.keys) >= LARGE:
        chosen = _in_parallel(system, bundles, processes)
    else:
        chosen = [Protector(system, primaries).run() for primaries in bundles]
    secondary = {cell for cells in chosen for cell in cells}
    return {key: _treatment(counts[key], profile, key[LEVEL], cell in secondary) for cell, key in enumerate(system.keys)}


def protect_primary(counts: dict[Key, int], profile: Profile) -> dict[Key, Treatment]:
    """Each count treated by itself: what a release without secondary suppression would be."""
    return {key: _treatment(n, profile, key[LEVEL], is_secondary=False) for key, n in counts.items()}


def _treatment(n: int, profile: Profile, level: str, is_secondary: bool) -> Treatment:
    shown = profile.count(n, level)
    if shown == WITHHELD:
        return Treatment(None, WITHHELD, "primary")
    if is_secondary:
        return Treatment(None, WITHHELD, "secondary")
    return Treatment(shown, "", "released" if profile.bases[level] == 1 else "rounded")


def _bundled(parts: list[list[int]]) -> list[list[int]]:
    """Primaries in bundles: small parts of the system together, large ones cut up.

    A witness stays one whatever else is withheld, so bundles of one part can be worked on apart; together they are as safe.
    """
    bundles: list[list[int]] = []
    for part in parts:
        if bundles and len(bundles[-1]) + len(part) <= BUNDLE:
            bundles[-1].extend(part)
        else:
            n_cuts = -(-len(part) // BUNDLE)
            bundles.extend(part[len(part) * cut // n_cuts : len(part) * (cut + 1) // n_cuts] for cut in range(n_cuts))
    return bundles


_shared: System | None = None  # for the processes that work on one system


def _in_parallel(system: System, bundles: list[list[int]], processes: int) -> list[list[int]]:
    global _shared
    _shared = system
    try:
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
            return list(pool.map(_work, bundles))
    finally:
        _shared = None


def _work(primaries: list[int]) -> list[int]:
    return Protector(_shared, primaries).run()


class Protector:
    """Chooses the secondaries of some parts of a system.

    A demand is (cell, UP | DOWN | APART). `witness` has for each demand that is met the number of the solution that meets it;
    a solution is kept as the cells that it moves and by how much.
    """

    def __init__(self, system: System, primaries: Sequence[int]):
        self.system = system
        self.primaries = sorted(primaries)
        self.is_withheld = system.is_primary.copy()
        self.secondaries: set[int] = set()
        self.witness: dict[tuple[int, str], int] = {}
        self.solutions: list[dict[int, float]] = []
        self.moved_by: dict[int, set[int]] = defaultdict(set)  # solutions by cell
        self.demands_of: dict[int, set[tuple[int, str]]] = defaultdict(set)  # by solution
        self.open: dict[str, set[int]] = {UP: set(), DOWN: set()}
        self.furthest: dict[tuple[int, str], float] = {}  # demands that cannot be met in full: how far they can
        self._links: dict[int, list[int]] = {}
        self._by_price: dict[int, list[int]] = {}
        self._totals: dict[int, list[int]] = {}

    def run(self) -> list[int]:
        """The secondaries, after all primaries have witnesses and what is not needed was released again."""
        self._keep({})  # the truth is a solution
        for cell in self.primaries:
            for side in (UP, DOWN):
                if self._is_met(cell, side, 0.0):
                    self._note(cell, side, 0)
                else:
                    self.open[side].add(cell)
        for cell in self.primaries:
            for side in (UP, DOWN):
                if cell in self.open[side]:
                    self._meet(cell, side)
        for cell in sorted(self.secondaries, key=lambda cell: (-self.system.n[cell], cell)):
            self._try_release(cell)
        tried: set[int] = set()
        while alone := sorted(cell for cell in self.secondaries - tried if (cell, APART) not in self.witness):
            tried.update(alone)
            for cell in alone:
                self._meet(cell, APART)
        return sorted(self.secondaries)

    # Demands and solutions

    def _target(self, cell: int, side: str) -> float:
        """How far from the truth a witness must take the cell."""
        if (cell, side) in self.furthest:
            return self.furthest[cell, side]
        system = self.system
        return float((system.most if side == UP else max(system.floor[cell], system.least)) - system.n[cell])

    def _is_met(self, cell: int, side: str, move: float) -> bool:
        if side == APART:
            return abs(move) >= 1 - TINY
        target = self._target(cell, side)
        return move >= target - TINY if side == UP else move <= target + TINY

    def _note(self, cell: int, side: str, solution: int) -> None:
        """A demand is met by a solution."""
        former = self.witness.get((cell, side))
        if former is not None:
            self.demands_of[former].discard((cell, side))
        self.witness[cell, side] = solution
        self.demands_of[solution].add((cell, side))
        if side != APART:
            self.open[side].discard(cell)

    def _keep(self, moves: dict[int, float]) -> int:
        """Keeps a solution, and notes all open demands that it meets."""
        number = len(self.solutions)
        self.solutions.append(moves)
        for cell, move in moves.items():
            self.moved_by[cell].add(number)
            for side in (UP, DOWN):
                if cell in self.open[side] and self._is_met(cell, side, move):
                    self._note(cell, side, number)
            if cell in self.secondaries and (cell, APART) not in self.witness and self._is_met(cell, APART, move):
                self._note(cell, APART, number)
        return number

    def _meet(self, cell: int, side: str) -> None:
        """Meets a demand as far as it can be, withholding for it what has to be."""
        for reach in REACHES:
            moves, new = self._solve(cell, side, reach, may_withhold=True)
            if self._is_met(cell, side, moves.get(cell, 0.0)):
                break
        else:
            if side == APART:
                return
            self.furthest[cell, side] = moves.get(cell, 0.0)
        for other in new:
            self.is_withheld[other] = True
            self.secondaries.add(other)
        self._note(cell, side, self._keep(moves))

    def _try_release(self, cell: int) -> None:
        """Releases a secondary again, if all primaries can do without it."""
        if self._would_be_alone(cell):
            return
        system = self.system
        down, up = system.low[cell] - system.n[cell], system.high[cell] - system.n[cell]
        bad = {s for s in self.moved_by[cell] if not down - TINY <= self.solutions[s][cell] <= up + TINY}
        orphans = sorted({demand for s in bad for demand in self.demands_of[s] if demand[1] != APART})
        self.is_withheld[cell] = False
        self.secondaries.discard(cell)
        for other, side in orphans:
            if self.witness[other, side] not in bad:
                continue
            moves, _ = self._solve(other, side, CLOSE, may_withhold=False)
            if not self._is_met(other, side, moves.get(other, 0.0)):
                self.is_withheld[cell] = True
                self.secondaries.add(cell)
                return
            number = self._keep(moves)
            for orphan in orphans:
                if self.witness[orphan] in bad and self._is_met(*orphan, moves.get(orphan[0], 0.0)):
                    self._note(*orphan, number)
        self._forget(bad)
        self.witness.pop((cell, APART), None)

    def _forget(self, solutions: set[int]) -> None:
        """Solutions that the release no longer allows meet no demand. Those left are of secondaries, and open again."""
        for solution in solutions:
            for demand in self.demands_of.pop(solution, ()):
                self.witness.pop(demand, None)
            for cell in self.solutions[solution]:
                self.moved_by[cell].discard(solution)

    def _would_be_alone(self, cell: int) -> bool:
        """Whether, if the cell is released, a relation of exact counts has one withheld cell: it would be found at once."""
        system = self.system
        if system.low[cell] < system.high[cell]:
            return False
        for row in system.rows_of(cell).tolist():
            if system.is_equal[row]:
                members = system.members(row)
                others = members[(members != cell) & (self.is_withheld[members] | (system.low[members] < system.high[members]))]
                if len(others) == 1 and self.is_withheld[others[0]]:
                    return True
        return False

    # The linear programme

    def _solve(self, cell: int, side: str, reach: Reach, may_withhold: bool) -> tuple[dict[int, float], list[int]]:
        """The cheapest solution near the truth that moves a cell as far as demanded, or as far as can be.

        Gives the moves, and the released cells that move further than their released values allow.
        """
        if side != APART:
            return self._programme(cell, side, self._target(cell, side), reach, may_withhold)
        moves, new = self._programme(cell, UP, 1.0, reach, may_withhold)
        if not self._is_met(cell, APART, moves.get(cell, 0.0)):
            moves, new = self._programme(cell, DOWN, -1.0, reach, may_withhold)
        return moves, new

    def _programme(
        self, cell: int, side: str, target: float, reach: Reach, may_withhold: bool
    ) -> tuple[dict[int, float], list[int]]:
        system = self.system
        cells, is_payable = self._around(cell, reach, may_withhold)
        is_free = self.is_withheld[cells]
        n = system.n[cells]
        down = np.where(is_free, system.least, system.low[cells]) - n
        up = np.where(is_free, inf, system.high[cells] - n)
        costs, first_up, further = self._worths(cells, is_free, up, cell, side, target)

        # Columns: moves for nothing; beyond an open demand, where nothing more is earned; and those paid for, up and down.
        payable = np.flatnonzero(is_payable)
        price = system.price[cells[payable]]
        column = np.concatenate([np.arange(len(cells)), further, payable, payable])
        nothing = np.zeros(len(further))
        constraints = self._constraints(cells, column)
        result = milp(
            np.concatenate([costs, nothing, price, -price]),
            constraints=constraints,
            bounds=Bounds(
                np.concatenate([down, nothing, np.zeros(len(payable)), system.least - n[payable] - down[payable]]),
                np.concatenate([first_up, nothing + inf, np.full(len(payable), inf), np.zeros(len(payable))]),
            ),
            options={"presolve": False},
        )
        if result.x is None:
            raise RuntimeError(f"the solver found no solution, though the truth is one: {result.message}")
        moves = np.bincount(column, result.x, len(cells))
        is_moved = np.abs(moves) > TINY
        is_new = is_payable & ((moves < down - TINY) | (moves > up + TINY))
        return dict(zip(cells[is_moved].tolist(), moves[is_moved].tolist(), strict=True)), cells[is_new].tolist()

    def _worths(
        self, cells: np.ndarray, is_free: np.ndarray, up: np.ndarray, cell: int, side: str, target: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What a unit up costs of each cell (negative: earns), up to where, and for which cells it goes on from there."""
        costs = np.zeros(len(cells))
        first_up = up.copy()
        further: list[int] = []
        opposite = DOWN if side == UP else UP
        for place in np.flatnonzero(is_free).tolist():
            other = int(cells[place])
            if other == cell:
                worth, towards, goal = MISSING, side, target
            elif other in self.open[opposite]:
                worth, towards, goal = BONUS, opposite, self._target(other, opposite)
            elif other in self.open[side]:
                worth, towards, goal = BONUS, side, self._target(other, side)
            else:
                continue
            if towards == DOWN:
                costs[place] = worth
            else:
                costs[place] = -worth
                first_up[place] = max(goal, 0.0)
                further.append(place)
        return costs, first_up, np.array(further, int)

    def _constraints(self, cells: np.ndarray, column: np.ndarray) -> LinearConstraint:
        """The constraints on moves of the cells, all others staying at the truth; one column for each way to move a cell."""
        system = self.system
        entries = system.by_cell[cells]
        rows, numbers = np.unique(entries.indices, return_inverse=True)
        local = csr_array((entries.data, numbers, entries.indptr), shape=(len(cells), len(rows)))
        is_equal = system.is_equal[rows]
        lower = np.zeros(len(rows))
        if not is_equal.all():
            lower[~is_equal] = -(system.matrix[rows[~is_equal]] @ system.n)
        return LinearConstraint(local[column].T.tocsr(), lower, np.where(is_equal, 0.0, inf))

    # What is near what

    def _around(self, start: int, reach: Reach, may_withhold: bool) -> tuple[np.ndarray, np.ndarray]:
        """The cells near one that a programme may move, and which of them by withholding them.

        Along each relation: all that move for nothing, and the cheapest others. From withheld cells and the cheapest others
        the search goes on. At the end come the totals of all found, their totals, and so on.
        """
        system = self.system
        is_withheld, price, low, high = self.is_withheld, system.price, system.low, system.high
        found: dict[int, bool] = {start: False}  # and whether it may be withheld
        frontier = [start]
        seen: set[int] = set()
        for _ in range(reach.steps):
            following: list[int] = []
            for row in (row for cell in frontier for row in self._links_of(cell)):
                if row in seen:
                    continue
                seen.add(row)
                n_payable = 0
                for other in self._members_by_price(row):
                    is_free = is_withheld[other]
                    is_payable = not is_free and n_payable < reach.cheapest and price[other] < inf
                    n_payable += is_payable
                    if other in found:
                        found[other] |= is_payable
                    elif is_free or is_payable:
                        found[other] = is_payable
                        following.append(other)
                    elif high[other] > low[other]:
                        found[other] = False
            frontier = following
            if not frontier or len(found) >= reach.most:
                break
        waiting = list(found)
        while waiting:
            for total in self._totals_of(waiting.pop()):
                if total not in found and (is_withheld[total] or high[total] > low[total]):
                    found[total] = reach.with_totals and not is_withheld[total]
                    waiting.append(total)
        cells = np.array(sorted(found))
        is_payable = np.array([found[cell] for cell in cells.tolist()]) & may_withhold
        # Exact counts that may not be withheld cannot move.
        can_move = is_payable | is_withheld[cells] | (high[cells] > low[cells])
        return cells[can_move], is_payable[can_move]

    def _links_of(self, cell: int) -> list[int]:
        """The relations of a cell."""
        if cell not in self._links:
            rows = self.system.rows_of(cell)
            self._links[cell] = rows[self.system.is_link[rows]].tolist()
        return self._links[cell]

    def _members_by_price(self, row: int) -> list[int]:
        """The cells of a row, the cheapest first."""
        if row not in self._by_price:
            members = self.system.members(row)
            self._by_price[row] = members[np.lexsort((members, self.system.price[members]))].tolist()
        return self._by_price[row]

    def _totals_of(self, cell: int) -> list[int]:
        """The totals that a cell is a part of."""
        if cell not in self._totals:
            matrix = self.system.matrix
            parts = [slice(matrix.indptr[row], matrix.indptr[row + 1]) for row in self._links_of(cell)]
            totals = [int(matrix.indices[part][matrix.data[part] < 0][0]) for part in parts]
            self._totals[cell] = [total for total in totals if total != cell]
        return self._totals[cell]
