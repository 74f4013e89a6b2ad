"""The counts of a release and how they hang together, as numbers and a matrix: what the protector works with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .cells import LEVEL, Key, Relation
from .profiles import NATIONAL, Profile

NATION = 100  # times dearer


class System:
    """Counts and relations as arrays. Cells are numbered in the order of their keys. What is left over is never shown itself.

    A row of the matrix times the counts is 0 (`is_equal`) or at least 0. Rows that hold one part of a total against it are no
    link for a search.
    """

    def __init__(
        self, counts: dict[Key, int], relations: Iterable[Relation], profile: Profile, left_over: Collection[Key] = ()
    ):
        self.profile = profile
        self.keys = _in_order(counts)
        place = {key: cell for cell, key in enumerate(self.keys)}
        self.n = np.array([counts[key] for key in self.keys], dtype=float)
        self._read(_numbered(relations, place))
        self._refuse_contradictions()
        self.is_left_over = np.array([key in left_over for key in self.keys], bool)
        self.least = np.where(self.is_left_over, 0.0, 1.0 if profile.shows_zero else 0.0)  # that a withheld count can be
        self.first = 1 if profile.shows_zero else 0  # the least and the largest count that is withheld for itself
        self.most = profile.threshold - 1
        self.is_primary = self.n < profile.threshold
        if profile.shows_zero:
            self.is_primary &= self.n > 0
        self.is_fixed = (self.n == 0) & profile.shows_zero & ~self.is_left_over  # zeros that are always shown
        self.low, self.high = self._shown_as()
        # of withholding a cell: England's counts are the last to be taken, since others publish them too
        self.is_nation = np.array([key[LEVEL] == NATIONAL for key in self.keys], bool)
        self.price = np.where(self.is_fixed, np.inf, (1 + np.log2(1 + self.n)) * np.where(self.is_nation, NATION, 1))
        self.floor = self._floors()

    def _read(self, numbered: list[tuple[tuple[int, ...], tuple[int, ...], bool, bool]]) -> None:
        """Rows of the matrix, and which of them link cells for a search."""
        rows = np.repeat(np.arange(len(numbered)), [len(added) + len(taken) for added, taken, *_ in numbered])
        cells = np.array([cell for added, taken, *_ in numbered for cell in (*added, *taken)], int)
        signs = np.array([sign for added, taken, *_ in numbered for sign in [1.0] * len(added) + [-1.0] * len(taken)])
        self.matrix = csr_array(coo_array((signs, (rows, cells)), shape=(len(numbered), len(self.n))))
        self.by_cell = csr_array(self.matrix.T)
        self.is_equal = np.array([is_zero for *_, is_zero, _ in numbered], bool)
        self.is_link = np.array([is_link for *_, is_link in numbered], bool)

    def _refuse_contradictions(self) -> None:
        """The true counts must keep to the relations; the message names no count."""
        sums = self.matrix @ self.n
        is_broken = np.where(self.is_equal, sums != 0, sums < 0)
        if is_broken.any():
            row = int(np.flatnonzero(is_broken)[0])
            cell = self.members(row)[0]
            raise ValueError(f"{int(is_broken.sum())} relations do not hold, one of them with {self.keys[cell]}")

    def _shown_as(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the largest count that would be shown like this one."""
        base = np.array([self.profile.bases[key[LEVEL]] for key in self.keys])
        half = base // 2
        shown = base * ((self.n + half) // base)
        low = np.maximum(shown - half, self.profile.threshold)
        high = shown - half + base - 1
        return np.where(self.is_fixed, 0, low), np.where(self.is_fixed, 0, high)

    def _floors(self) -> np.ndarray:
        """The least that each count can be, as far as shown zeros alone tell, if all that may be withheld is.

        Where one count alone of a side is not zero, it is at least what the other side is at least.
        """
        floor = np.where(self.is_fixed, 0.0, self.least)
        if not self.profile.shows_zero:
            return floor
        entries = self.matrix.tocoo()
        sides = []
        for sign in (1, -1):
            is_side = (entries.data * sign > 0) & ~self.is_fixed[entries.col]
            is_alone = is_side & (np.bincount(entries.row[is_side], minlength=len(self.is_equal))[entries.row] == 1)
            is_alone &= (sign > 0) | self.is_equal[entries.row]
            sides.append((entries.row[is_alone], entries.col[is_alone], (self.matrix * -sign).maximum(0)))
        while True:
            raised = floor.copy()
            for rows, cells, others in sides:
                np.maximum.at(raised, cells, (others @ floor)[rows])
            if (raised == floor).all():
                return floor
            floor = raised

    def goal(self, cells: np.ndarray, side: str) -> np.ndarray:
        """How far from the truth each cell must be able to go up, or down, if it is withheld for itself."""
        if side == "up":
            return np.maximum(self.most - self.n[cells], 0)
        return np.minimum(np.maximum(self.floor[cells], self.least) - self.n[cells], 0)

    def members(self, row: int) -> np.ndarray:
        """The cells of a row."""
        return self.matrix.indices[self.matrix.indptr[row] : self.matrix.indptr[row + 1]]

    def rows_of(self, cell: int) -> np.ndarray:
        """The rows of a cell."""
        return self.by_cell.indices[self.by_cell.indptr[cell] : self.by_cell.indptr[cell + 1]]

    def components(self) -> list[list[int]]:
        """The primaries of each part of the system that hangs together, the largest first. Zeros that are shown link nothing."""
        entries = self.matrix.tocoo()
        links = ~self.is_fixed[entries.col]
        rows, cells = entries.row[links], entries.col[links] + len(self.is_equal)
        size = len(self.is_equal) + len(self.n)
        graph = coo_array((np.ones(len(rows)), (rows, cells)), shape=(size, size))
        _, label = connected_components(graph, directed=False)
        found = defaultdict(list)
        for cell in np.flatnonzero(self.is_primary).tolist():
            found[label[len(self.is_equal) + cell]].append(cell)
        return sorted(found.values(), key=lambda cells: (-len(cells), cells))


def _in_order(counts: dict[Key, int]) -> list[Key]:
    try:
        return sorted(counts)
    except TypeError:
        return sorted(counts, key=lambda key: tuple((type(part).__name__, str(part)) for part in key))


def _numbered(
    relations: Iterable[Relation], place: dict[Key, int]
) -> list[tuple[tuple[int, ...], tuple[int, ...], bool, bool]]:
    """Rows of all relations by the numbers of their cells, each once, in order."""
    try:
        return sorted(
            {
                (tuple(sorted(place[key] for key in added)), tuple(sorted(place[key] for key in taken)), is_zero, number == 0)
                for relation in relations
                for number, (added, taken, is_zero) in enumerate(relation.rows())
            }
        )
    except KeyError as error:
        raise ValueError(f"a relation names a cell that has no count: {error.args[0]}") from None
