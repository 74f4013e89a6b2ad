"""Random draws that give the same answer on every machine: no logarithms, no exponentials."""

from __future__ import annotations

import numpy as np


def chance(rng: np.random.Generator, share: np.ndarray | float, n: int) -> np.ndarray:
    """n yes/no draws; `share` is one share or one per draw."""
    return rng.random(n) < share


def from_quantiles(
    rng: np.random.Generator, quantiles: tuple[np.ndarray, np.ndarray], n: int
) -> np.ndarray:
    """n whole numbers from a distribution given as cumulative shares and values."""
    return np.floor(np.interp(rng.random(n), *quantiles)).astype(np.int64)


def from_weights(rng: np.random.Generator, weights: np.ndarray, n: int) -> np.ndarray:
    """n positions in a list of weights."""
    cumulative = np.cumsum(weights)
    return np.minimum(
        np.searchsorted(cumulative / cumulative[-1], rng.random(n), side="right"),
        len(weights) - 1,
    )


def from_weights_by_row(
    rng: np.random.Generator, weights: np.ndarray, row: np.ndarray
) -> np.ndarray:
    """One position per entry of `row`, drawn with the weights of that row of the table."""
    picked = np.zeros(len(row), dtype=np.int64)
    for value in np.unique(row):
        where = np.flatnonzero(row == value)
        picked[where] = from_weights(rng, weights[value], len(where))
    return picked
