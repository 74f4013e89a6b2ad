"""Decides which counts of a release are withheld, so that none of the withheld ones can be found.

Primary: the profile withholds the count for itself. Secondary: the count is withheld because another could be found through it.

All that is released, and how it hangs together, is a system of linear constraints; the true counts are one solution of it. A
withheld count is safe if other solutions exist in which it takes other values: such a solution is its witness. For each primary
without a witness, a linear programme looks for the solution that moves it far enough and moves as little as possible of what is
released; what has to move is withheld (Kelly, Golden, Assad 1992; Fischetti, Salazar 2001). A witness stays one whatever is
withheld later, so each primary is looked at once. At the end each secondary is released again, the largest first, if all
whose witness moves it have another.

Nothing here draws lots or depends on the order in which counts and relations are given.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import inf
from multiprocessing import get_context

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .cells import LEVEL, Key, Relation, Treatment
from .profiles import WITHHELD, Profile

TINY = 1e-6
UP, DOWN, APART = "up", "down", "apart"  # a witness shows a primary as high, as low as demanded; a secondary at least 1 off
MISSING = 1e4  # what a unit short of the demand costs; dearer than any way to reach it
BONUS = 1e-3  # what a unit towards another open demand is worth
# How far around a cell the programme may move others: steps along relations, dearest left out of each relation, most cells.
REACHES = ((2, 4, 300), (3, 8, 1_200), (6, 40, 6_000), (10**6, 10**6, 10**9))
LARGE = 20_000  # cells from which work is shared between processes


def protect(
    counts: dict[Key, int], relations: Iterable[Relation], profile: Profile, processes: int | None = None
) -> dict[Key, Treatment]:
    """What may be released of each count, given all relations among them. `processes`: how many at most work on it."""
    system = System(counts, relations, profile)
    groups = system.components()
    processes = min(processes or os.cpu_count() or 1, len(groups))
    if processes > 1 and len(system.keys) >= LARGE:
        chosen = _in_parallel(system, groups, processes)
    else:
        chosen = [_secondaries(system, group) for group in groups]
    secondary = {cell for cells in chosen for cell in cells}
    return {key: system.treatment(cell, cell in secondary) for cell, key in enumerate(system.keys)}


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


_shared: System | None = None  # for the processes that work on one system


def _in_parallel(system: System, groups: list[list[int]], processes: int) -> list[list[int]]:
    global _shared
    _shared = system
    try:
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
            return list(pool.map(_work, groups))
    finally:
        _shared = None


def _work(primaries: list[int]) -> list[int]:
    return _secondaries(_shared, primaries)


def _secondaries(system: System, primaries: list[int]) -> list[int]:
    return Protector(system, primaries).run()


class System:
    """Counts and relations as arrays. Cells are numbered in the order of their keys.

    A row of the matrix is a constraint: lower <= coefficients x counts <= upper. An `equal` relation is one row; `at_most` is one
    for the sum and one for each part.
    """

    def __init__(self, counts: dict[Key, int], relations: Iterable[Relation], profile: Profile):
        self.profile = profile
        self.keys = _in_order(counts)
        place = {key: cell for cell, key in enumerate(self.keys)}
        self.n = np.array([counts[key] for key in self.keys], dtype=float)
        self._read(_numbered(relations, place))
        self._refuse_contradictions()
        self.least = 1 if profile.shows_zero else 0  # the least that a withheld count can be
        self.most = profile.threshold - 1  # the largest count that is withheld for itself
        self.is_primary = self.n < profile.threshold
        if profile.shows_zero:
            self.is_primary &= self.n > 0
        self.is_fixed = (self.n == 0) & profile.shows_zero  # zeros that are always shown
        self._shown_as()
        self.cost = 1 + np.log2(1 + self.n)
        self.floor = self._floors()

    def _read(self, numbered: list[tuple[int, tuple[int, ...], str]]) -> None:
        """Rows of the matrix, and which of them link cells for a search."""
        rows: list[int] = []
        cells: list[int] = []
        signs: list[int] = []
        self.lower, links = [], []
        for total, parts, kind in numbered:
            row = len(self.lower)
            cells.extend((*parts, total))
            rows.extend([row] * (len(parts) + 1))
            signs.extend([1] * len(parts) + [-1])
            self.lower.append(0)
            links.append(kind)
            if kind == "at_most":
                for part in parts:
                    rows.extend([len(self.lower)] * 2)
                    cells.extend((total, part))
                    signs.extend((1, -1))
                    self.lower.append(0)
                    links.append("part")
        shape = (len(self.lower), len(self.n))
        self.matrix = csr_array(coo_array((np.array(signs, float), (rows, cells)), shape=shape))
        self.by_cell = csr_array(self.matrix.T)
        self.lower = np.array(self.lower, float)
        self.kinds = np.array(links, dtype=object)
        self.is_equal = self.kinds == "equal"
        self.is_link = self.kinds != "part"

    def _refuse_contradictions(self) -> None:
        """The true counts must keep to the relations; the message names no count."""
        sums = self.matrix @ self.n
        is_broken = np.where(self.is_equal, sums != 0, sums < 0)
        if is_broken.any():
            row = int(np.flatnonzero(is_broken)[0])
            cell = self.members(row)[-1]
            raise ValueError(f"{int(is_broken.sum())} relations do not hold, one of them with {self.keys[cell]}")

    def _shown_as(self) -> None:
        """The least and the largest count that would be shown like this one."""
        base = np.array([self.profile.bases[key[LEVEL]] for key in self.keys])
        half = base // 2
        shown = base * ((self.n + half) // base)
        self.low = np.maximum(shown - half, self.profile.threshold)
        self.high = shown - half + base - 1
        self.low[self.is_fixed] = self.high[self.is_fixed] = 0

    def _floors(self) -> np.ndarray:
        """The least that each count can be if all that may be withheld is: as many as it has parts that are not zero."""
        floor = np.where(self.is_fixed, 0.0, float(self.least))
        if not self.least:
            return floor
        rows = np.flatnonzero(self.is_equal)
        parts = self.matrix[rows]
        totals = np.full(len(rows), 0)
        where = np.repeat(np.arange(len(rows)), np.diff(parts.indptr))
        is_total = parts.data < 0
        totals[where[is_total]] = parts.indices[is_total]
        sums = parts.maximum(0)
        while True:
            raised = floor.copy()
            np.maximum.at(raised, totals, sums @ floor)
            if (raised == floor).all():
                return floor
            floor = raised

    def members(self, row: int) -> np.ndarray:
        return self.matrix.indices[self.matrix.indptr[row] : self.matrix.indptr[row + 1]]

    def rows_of(self, cell: int) -> np.ndarray:
        return self.by_cell.indices[self.by_cell.indptr[cell] : self.by_cell.indptr[cell + 1]]

    def components(self) -> list[list[int]]:
        """The primaries of each part of the system that hangs together, the largest first. Zeros that are shown link nothing."""
        entries = self.matrix.tocoo()
        links = ~self.is_fixed[entries.col]
        rows, cells = entries.row[links], entries.col[links] + len(self.lower)
        size = len(self.lower) + len(self.n)
        graph = coo_array((np.ones(len(rows)), (rows, cells)), shape=(size, size))
        _, label = connected_components(graph, directed=False)
        found = defaultdict(list)
        for cell in np.flatnonzero(self.is_primary).tolist():
            found[label[len(self.lower) + cell]].append(cell)
        return sorted(found.values(), key=lambda cells: (-len(cells), cells))

    def treatment(self, cell: int, is_secondary: bool) -> Treatment:
        return _treatment(int(self.n[cell]), self.profile, self.keys[cell][LEVEL], is_secondary)


def _in_order(counts: dict[Key, int]) -> list[Key]:
    try:
        return sorted(counts)
    except TypeError:
        return sorted(counts, key=lambda key: tuple((type(part).__name__, str(part)) for part in key))


def _numbered(relations: Iterable[Relation], place: dict[Key, int]) -> list[tuple[int, tuple[int, ...], str]]:
    """Relations by the numbers of their cells, each once, in order."""
    try:
        found = {(place[r.total], tuple(sorted(place[part] for part in r.parts)), r.kind) for r in relations}
    except KeyError as error:
        raise ValueError(f"a relation names a cell that has no count: {error.args[0]}") from None
    return sorted(found)


class Protector:
    """Chooses the secondaries of one part of a system.

    A demand is (cell, UP | DOWN | APART). `witness` has for each demand that is met the number of the solution that meets it;
    a solution is kept as the cells that it moves and by how much.
    """

    def __init__(self, system: System, primaries: Sequence[int]):
        self.system = system
        self.primaries = primaries
        self.is_withheld = system.is_primary.copy()
        self.secondaries: set[int] = set()
        self.witness: dict[tuple[int, str], int] = {}
        self.solutions: list[dict[int, float]] = []
        self.moved_by: dict[int, set[int]] = defaultdict(set)  # solutions by cell
        self.demands_of: dict[int, set[tuple[int, str]]] = defaultdict(set)  # by solution
        self.open: dict[str, set[int]] = {UP: set(), DOWN: set()}

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
        self._clean_up()
        tried: set[int] = set()
        while alone := sorted(cell for cell in self.secondaries - tried if (cell, APART) not in self.witness):
            tried.update(alone)
            for cell in alone:
                self._meet(cell, APART)
        return sorted(self.secondaries)

    # Demands

    def _target(self, cell: int, side: str) -> float:
        """How far from the truth a witness must take the cell."""
        if side == UP:
            return self.system.most - self.system.n[cell]
        return max(self.system.floor[cell], self.system.least) - self.system.n[cell]

    def _is_met(self, cell: int, side: str, move: float) -> bool:
        if side == APART:
            return abs(move) >= 1 - TINY
        target = self._target(cell, side)
        return move >= target - TINY if side == UP else move <= target + TINY

    def _note(self, cell: int, side: str, solution: int) -> None:
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
        """Meets a demand, withholding for it what has to be."""
        for reach in REACHES:
            moves, new = self._solve(cell, side, reach, may_withhold=True)
            if moves is not None and self._is_met(cell, side, moves.get(cell, 0.0)):
                for other in new:
                    self.is_withheld[other] = True
                    self.secondaries.add(other)
                self._note(cell, side, self._keep(moves))
                return

    # The linear programme

    def _solve(
        self, cell: int, side: str, reach: tuple[int, int, int], may_withhold: bool
    ) -> tuple[dict[int, float] | None, list[int]]:
        """The cheapest solution near the truth that moves a cell as far as demanded, or as far as can be.

        Gives the moves, and the released cells that move further than their released values allow.
        """
        if side == APART:
            for direction in (UP, DOWN):
                moves, new = self._programme(cell, direction, 1.0 if direction == UP else -1.0, reach, may_withhold)
                if moves is not None and abs(moves.get(cell, 0.0)) >= 1 - TINY:
                    break
            return moves, new
        return self._programme(cell, side, self._target(cell, side), reach, may_withhold)

    def _programme(
        self, cell: int, side: str, target: float, reach: tuple[int, int, int], may_withhold: bool
    ) -> tuple[dict[int, float] | None, list[int]]:
        system = self.system
        cells = self._around(cell, reach, may_withhold)
        withheld = self.is_withheld[cells]
        n = system.n[cells]
        down = np.where(withheld, system.least, system.low[cells]) - n
        up = np.where(withheld, inf, system.high[cells] - n)
        cost = np.zeros(len(cells))

        # A withheld cell moves for nothing; towards an open demand it earns a little, as far as the demand goes.
        columns, costs, lows, highs = [np.arange(len(cells))], [cost], [down], [up]
        for place in np.flatnonzero(withheld).tolist():
            other = int(cells[place])
            if other == cell:
                worth = MISSING
                towards = side
            elif other in self.open[side]:
                worth, towards = BONUS, side
            elif other in self.open[UP if side == DOWN else DOWN]:
                worth, towards = BONUS, UP if side == DOWN else DOWN
            else:
                continue
            if towards == UP:
                # up to the demand in the first column, beyond it in another
                goal = target if other == cell else self._target(other, UP)
                cost[place] = -worth
                highs[0][place] = max(goal, 0.0)
                columns.append(np.array([place]))
                costs.append(np.zeros(1))
                lows.append(np.zeros(1))
                highs.append(np.full(1, inf))
            else:
                goal = target if other == cell else self._target(other, DOWN)
                cost[place] = worth
                lows[0][place] = max(down[place], min(goal, 0.0)) if other == cell else down[place]
        n_free = sum(len(part) for part in columns)
        if may_withhold:
            payable = np.flatnonzero(~withheld)
            price = system.cost[cells[payable]]
            columns += [payable, payable]
            costs += [price, -price]
            lows += [np.zeros(len(payable)), system.least - system.n[cells[payable]] - np.minimum(down[payable], 0)]
            highs += [np.full(len(payable), inf), np.zeros(len(payable))]
        column = np.concatenate(columns)
        matrix, lower, upper = self._rows(cells, column)
        result = milp(
            np.concatenate(costs),
            constraints=LinearConstraint(matrix, lower, upper),
            bounds=Bounds(np.concatenate(lows), np.concatenate(highs)),
        )
        if result.x is None:
            return None, []
        moves = np.zeros(len(cells))
        np.add.at(moves, column, result.x)
        is_moved = np.abs(moves) > TINY
        paid = is_moved & ~withheld & ((moves < down - TINY) | (moves > up + TINY))
        if n_free == len(column):
            paid[:] = False
        return dict(zip(cells[is_moved].tolist(), moves[is_moved].tolist(), strict=True)), cells[paid].tolist()

    def _rows(self, cells: np.ndarray, column: np.ndarray) -> tuple[csr_array, np.ndarray, np.ndarray]:
        """The constraints on moves of the cells, all others staying at the truth; one column for each way to move a cell."""
        system = self.system
        entries = system.by_cell[cells]
        rows, numbers = np.unique(entries.indices, return_inverse=True)
        local = csr_array((entries.data, numbers, entries.indptr), shape=(len(cells), len(rows)))
        is_equal = system.is_equal[rows]
        slack = np.zeros(len(rows))
        if not is_equal.all():
            unequal = rows[~is_equal]
            slack[~is_equal] = -(system.matrix[unequal] @ system.n)
        return local[column].T.tocsr(), slack, np.where(is_equal, 0.0, inf)

    def _around(self, start: int, reach: tuple[int, int, int], may_withhold: bool) -> np.ndarray:
        """The cells near one that a programme may move: all that move for nothing, and the cheapest others of each relation."""
        system = self.system
        steps, cheapest, most = reach
        found = {start}
        frontier = [start]
        seen: set[int] = set()
        for _ in range(steps):
            following: list[int] = []
            for cell in frontier:
                for row in system.rows_of(cell).tolist():
                    if row in seen or not system.is_link[row]:
                        continue
                    seen.add(row)
                    members = system.members(row)
                    is_free = self.is_withheld[members] | (system.high[members] > system.low[members])
                    chosen = members[is_free].tolist()
                    if may_withhold:
                        others = members[~self.is_withheld[members] & ~system.is_fixed[members]]
                        order = np.lexsort((others, system.cost[others]))[:cheapest]
                        chosen += others[order].tolist()
                    for other in chosen:
                        if other not in found:
                            found.add(other)
                            following.append(other)
            frontier = following
            if not frontier or len(found) >= most:
                break
        return np.array(sorted(found))

    # Clean-up

    def _clean_up(self) -> None:
        """Releases each secondary again that is not needed, the largest first."""
        system = self.system
        for cell in sorted(self.secondaries, key=lambda cell: (-system.n[cell], cell)):
            self._try_release(cell)

    def _try_release(self, cell: int) -> None:
        system = self.system
        if self._would_be_alone(cell):
            return
        down, up = system.low[cell] - system.n[cell], system.high[cell] - system.n[cell]
        bad = {s for s in self.moved_by[cell] if not down - TINY <= self.solutions[s][cell] <= up + TINY}
        orphans = sorted({demand for s in bad for demand in self.demands_of[s] if demand[1] != APART})
        self.is_withheld[cell] = False
        self.secondaries.discard(cell)
        for other, side in orphans:
            if self.witness[other, side] not in bad:
                continue
            moves, _ = self._solve(other, side, REACHES[1], may_withhold=False)
            if moves is None or not self._is_met(other, side, moves.get(other, 0.0)):
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
        """Whether a relation of exact counts would be left with one withheld cell: it would be found at once."""
        system = self.system
        for row in system.rows_of(cell).tolist():
            if not system.is_equal[row]:
                continue
            members = system.members(row)
            others = members[(members != cell) & (self.is_withheld[members] | (system.low[members] < system.high[members]))]
            if len(others) == 1 and self.is_withheld[others[0]] and system.low[cell] == system.high[cell]:
                return True
        return False
