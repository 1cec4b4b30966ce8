"""How far a percentage can be trusted: bootstrap intervals over clips (Efron & Tibshirani 1993, percentile method).

Sounds of one clip go wrong together, so that whole clips are drawn, not sounds.
"""

from __future__ import annotations

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
