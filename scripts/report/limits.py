"""Control limits of a funnel plot: exact Poisson limits, interpolated between whole counts (Spiegelhalter 2005)."""

from __future__ import annotations

from math import exp, lgamma, log, sqrt


def poisson_quantile(mean: float, probability: float) -> float:
    """The count below which a Poisson variable lies with that probability, interpolated to move smoothly with the mean."""
    first = max(0, int(mean - 12 * sqrt(mean) - 12))
    below, count = 0.0, first
    while True:
        mass = exp(count * log(mean) - mean - lgamma(count + 1))
        if below + mass >= probability or count > mean + 12 * sqrt(mean) + 50:
            return max(0.0, count - (below + mass - probability) / mass) if mass else float(count)
        below, count = below + mass, count + 1


def limits(mean: float, covered: float) -> tuple[float, float]:
    """The two counts between which that share of places with such a mean lies, by chance alone."""
    tail = (1 - covered) / 2
    return poisson_quantile(mean, tail), poisson_quantile(mean, 1 - tail)
