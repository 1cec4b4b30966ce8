"""Least squares with bounds, for all frames of an animation at once; few and calm curves on request."""

from __future__ import annotations

import numpy as np


def least_squares(
    square: np.ndarray,
    wanted: np.ndarray,
    high: np.ndarray,
    sparse: float = 0.0,
    smooth: float = 0.0,
    iterations: int = 80,
) -> np.ndarray:
    """(T, n) amounts x in 0..high that make the sum over frames t of

        x_t' square x_t / 2 - wanted_t' x_t + sparse sum(x_t) + smooth |x_t - x_(t-1)|^2 / 2

    smallest. square (n, n) is positive definite, wanted (T, n); high (n,) or (T, n). `sparse` is the L1 norm, as amounts are
    not negative; without `smooth` every frame is solved as if it were alone.

    Accelerated projected gradient (FISTA, Beck & Teboulle 2009), begun anew in the frames in which the momentum goes
    uphill (O'Donoghue & Candes 2015). The start is the solution without bounds, which mostly needs little more.
    """
    step = 1.0 / (np.linalg.eigvalsh(square)[-1] + 4.0 * smooth)
    wanted = wanted - sparse
    amounts = momentum = np.clip(np.linalg.solve(square, wanted.T).T, 0.0, high)
    pace = np.ones((len(wanted), 1))
    for _ in range(iterations):
        slope = momentum @ square - wanted
        if smooth and len(wanted) > 1:
            change = smooth * np.diff(momentum, axis=0)
            slope[1:] += change
            slope[:-1] -= change
        new = np.clip(momentum - step * slope, 0.0, high)
        moved = new - amounts
        uphill = np.einsum("tn,tn->t", momentum - new, moved) > 0.0
        pace[uphill] = 1.0
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        amounts, momentum, pace = new, new + (pace - 1.0) / faster * moved, faster
    return amounts
