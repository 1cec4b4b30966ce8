"""Curves between frames that are given, with the least jerk: how a correction of single frames becomes a movement.

A hand that is told where to be at some moments goes between them so that the third derivative of its way is small in the square
(Flash & Hogan 1985). Here the way also stays near the one that was there before.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

TAU = 0.030
"""Seconds in which a curve may change freely: slower movement is kept as it was, quicker is made smooth."""


def between(before: np.ndarray, given: np.ndarray, free: np.ndarray, rate: float) -> np.ndarray:
    """(T, C) `given` with its free frames (T,) filled anew, so that |D y|^2 + weight * |y - before|^2 is least; D takes the third
    difference.

    before, given: (T, C) curves, `rate` frames a second; `given` counts where frames are not free. The weight is
    (rate * TAU)^-6, so that a curve looks alike at every frame rate.
    """
    if len(given) < 5 or not free.any():
        return given
    matrix = _squared_third_difference(len(given))
    matrix[3] += (rate * TAU) ** -6.0
    known = np.where(free[:, None], 0.0, given)
    right = (rate * TAU) ** -6.0 * before - _times(matrix, known)
    matrix[3] = np.where(free, matrix[3], 1.0)
    for off in (1, 2, 3):
        matrix[3 - off, off:] *= free[off:] & free[:-off]
    return solveh_banded(matrix, np.where(free[:, None], right, known))


def _squared_third_difference(frames: int) -> np.ndarray:
    """(4, T) the diagonals, upper form, of D'D, where D takes the third difference of T frames."""
    stencil, out = (-1.0, 3.0, -3.0, 1.0), np.zeros((4, frames))
    for row, one in enumerate(stencil):
        for column in range(row, 4):
            out[3 - (column - row), column : frames - 3 + column] += one * stencil[column]
    return out


def _times(matrix: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """A symmetric matrix given by its diagonals (4, T), times curves (T, C)."""
    out = matrix[3][:, None] * curves
    for off in (1, 2, 3):
        out[:-off] += matrix[3 - off, off:][:, None] * curves[off:]
        out[off:] += matrix[3 - off, off:][:, None] * curves[:-off]
    return out
