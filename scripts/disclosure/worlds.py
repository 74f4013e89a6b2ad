"""Other counts that would be released alike, or nearly so: what the protector looks for, by linear programming."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack
from scipy.sparse.csgraph import connected_components

from .system import System

TINY = 1e-6
FAR = 1e4  # as far as a count may move from the truth


class Worlds:
    """A part of a system, all cells outside staying at the truth. Cells are numbered within the part.

    A world is given as its moves: how far each count lies from the truth.
    """

    def __init__(self, system: System, cells: np.ndarray):
        columns = system.by_cell[cells]
        rows = np.unique(columns.indices)
        self.a = csr_array(csr_array(columns.T)[rows])
        self.is_equal, self.is_link = system.is_equal[rows], system.is_link[rows]
        self.slack = np.where(self.is_equal, 0.0, system.matrix[rows] @ system.n)
        self.n, self.least = system.n[cells], system.least[cells] - system.n[cells]
        self.low, self.high = system.low[cells] - self.n, system.high[cells] - self.n  # moves that do not show

    def is_seen(self, moves: np.ndarray) -> np.ndarray:
        """Where the moves would show, were the counts released."""
        return (moves < self.low - TINY) | (moves > self.high + TINY)

    def best(self, worth: np.ndarray, goal: np.ndarray, is_withheld: np.ndarray, price: np.ndarray) -> np.ndarray:
        """The moves that earn most. Each unit up is worth `worth` (down, where negative), as far as `goal`.

        Released cells move within what is shown of them, and beyond it for their price by the unit, unless that is infinite.
        """
        down, up = np.where(is_withheld, self.least, self.low), np.where(is_withheld, FAR, self.high)
        payable = np.flatnonzero(~is_withheld & np.isfinite(price))
        # what neither moves for nothing nor for money, has no column
        own = np.flatnonzero((up > down) | (worth != 0))
        paid, size = np.zeros(len(payable)), len(own)
        result = milp(
            np.concatenate([-worth[own], price[payable], price[payable]]),
            constraints=LinearConstraint(
                csr_array(hstack([self.a[:, own], self.a[:, payable], -self.a[:, payable]])),
                -self.slack,
                np.where(self.is_equal, 0.0, np.inf),
            ),
            bounds=Bounds(
                np.concatenate([np.where(worth < 0, np.maximum(down, goal), down)[own], paid, paid]),
                np.concatenate([np.where(worth > 0, np.minimum(up, goal), up)[own], paid + FAR, (down - self.least)[payable]]),
            ),
        )
        if result.x is None:
            raise RuntimeError(f"the solver found no solution, though the truth is one: {result.message}")
        moves = np.zeros(len(self.n))
        moves[own] = result.x[:size]
        moves[payable] += result.x[size : size + len(payable)] - result.x[size + len(payable) :]
        return moves

    def apart(self, moves: np.ndarray) -> np.ndarray:
        """For each cell the number of the world that is one by itself in which it moves; -1 where none, or one with fractions."""
        moved = np.flatnonzero(np.abs(moves) > TINY)
        local = self.a[:, moved]
        entries = local.tocoo()
        is_link = self.is_equal.copy()
        size = len(self.is_equal) + len(moved)
        while True:
            keep = is_link[entries.row]
            ends = entries.row[keep], len(self.is_equal) + entries.col[keep]
            _, label = connected_components(coo_array((np.ones(keep.sum()), ends), shape=(size, size)), directed=False)
            _, label = np.unique(label[len(self.is_equal) :], return_inverse=True)
            by_world = csr_array((moves[moved], (np.arange(len(moved)), label)), shape=(len(moved), label.max(initial=-1) + 1))
            effect = (local @ by_world).tocoo()
            is_broken = (effect.data < -self.slack[effect.row] - TINY) & ~is_link[effect.row]
            if not is_broken.any():
                break
            is_link[effect.row[is_broken]] = True  # a relation that the worlds keep only together
        with_fractions = label[np.abs(moves[moved] - np.round(moves[moved])) > TINY]
        world = np.full(len(moves), -1)
        world[moved] = np.where(np.isin(label, with_fractions), -1, label)
        return world
