"""The counts of a release and how they hang together, as numbers and a matrix: what the protector works with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .cells import LEVEL, Key, Relation
from .profiles import Profile


class System:
    """Counts and relations as arrays. Cells are numbered in the order of their keys.

    A row of the matrix times the counts is 0 (`is_equal`) or at least 0: parts less total. `at_most` is one row for the sum and
    one for each part (total less part), which is no link for a search.
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
        self.low, self.high = self._shown_as()
        self.price = np.where(self.is_fixed, np.inf, 1 + np.log2(1 + self.n))  # of withholding a cell
        self.floor = self._floors()

    def _read(self, numbered: list[tuple[int, tuple[int, ...], str]]) -> None:
        """Rows of the matrix, and which of them link cells for a search."""
        rows: list[int] = []
        cells: list[int] = []
        signs: list[int] = []
        kinds: list[str] = []
        for total, parts, kind in numbered:
            cells.extend((*parts, total))
            rows.extend([len(kinds)] * (len(parts) + 1))
            signs.extend([1] * len(parts) + [-1])
            kinds.append(kind)
            if kind == "at_most":
                for part in parts:
                    cells.extend((total, part))
                    rows.extend([len(kinds)] * 2)
                    signs.extend((1, -1))
                    kinds.append("part")
        self.matrix = csr_array(coo_array((np.array(signs, float), (rows, cells)), shape=(len(kinds), len(self.n))))
        self.by_cell = csr_array(self.matrix.T)
        self.is_equal = np.array([kind == "equal" for kind in kinds], bool)
        self.is_link = np.array([kind != "part" for kind in kinds], bool)

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

        A total is at least the sum of its parts; and a part at least its total, where all other parts are zero.
        """
        floor = np.where(self.is_fixed, 0.0, float(self.least))
        if not self.least:
            return floor
        entries = self.matrix.tocoo()
        is_plus, is_minus = (entries.data > 0) & ~self.is_fixed[entries.col], entries.data < 0
        totals = np.zeros(len(self.is_equal), int)  # by row
        totals[entries.row[is_minus]] = entries.col[is_minus]
        is_alone = is_plus & (np.bincount(entries.row[is_plus], minlength=len(totals))[entries.row] == 1)
        sums = self.matrix.maximum(0)[self.is_equal]
        while True:
            raised = floor.copy()
            np.maximum.at(raised, totals[self.is_equal], sums @ floor)
            np.maximum.at(raised, entries.col[is_alone], floor[totals[entries.row[is_alone]]])
            if (raised == floor).all():
                return floor
            floor = raised

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


def _numbered(relations: Iterable[Relation], place: dict[Key, int]) -> list[tuple[int, tuple[int, ...], str]]:
    """Relations by the numbers of their cells, each once, in order."""
    try:
        found = {(place[r.total], tuple(sorted(place[part] for part in r.parts)), r.kind) for r in relations}
    except KeyError as error:
        raise ValueError(f"a relation names a cell that has no count: {error.args[0]}") from None
    return sorted(found)
