"""How far a figure can be trusted: bootstrap intervals over clips (Efron & Tibshirani 1993, percentile method).

Sounds of one clip go wrong together, so that whole clips are drawn, not sounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RESAMPLES = 2000


def interval(parts: np.ndarray, wholes: np.ndarray, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """Lower and upper end of the percentage sum(parts) / sum(wholes), for counts (n,) of n clips; NaN for nothing."""
    parts, wholes = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    if not wholes.sum():
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).integers(0, len(parts), (RESAMPLES, len(parts)))
    totals = wholes[drawn].sum(axis=1)
    rates = 100.0 * parts[drawn].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(rates, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)


def estimate(
    sums: np.ndarray, combine: Callable[[np.ndarray], np.ndarray], level: float = 0.95, seed: int = 0
) -> tuple[float, float, float]:
    """A figure made of sums that add up over clips, and the ends of its interval; NaN where there is nothing to be made.

    sums: (n, k) of n clips; combine: from sums (..., k) to the figure (...). The interval is NaN for fewer than two clips.
    """
    sums = np.asarray(sums, dtype=float)
    if not len(sums):
        return float("nan"), float("nan"), float("nan")
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(combine(sums.sum(axis=0)))
        drawn = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), RESAMPLES)
        found = combine(drawn @ sums)
    found = found[np.isfinite(found)]
    if len(sums) < 2 or not len(found) or not np.isfinite(value):
        return value, float("nan"), float("nan")
    low, high = np.quantile(found, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return value, float(low), float(high)
