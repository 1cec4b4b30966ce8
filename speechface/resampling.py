"""Curves at other times: band-limited, so that nothing folds over, and held to what was there, so that nothing rings."""

from __future__ import annotations

import numpy as np

CROSSINGS = 8
"""Zero crossings of the sinc on each side of a frame."""
BETA = 6.0
"""Of the Kaiser window: side lobes under -60 dB."""
PEAK = 0.2
"""How far a curve may pass its frames where it turns between two of them, of the step to the frames beside: a sine of five
frames a period, the fastest that speech has at 25 a second, passes them by 0.17 of it."""


def resampled(curves: np.ndarray, at: np.ndarray, step: float) -> np.ndarray:
    """(N, C) float32 curves (T, C) at places (N,) in frames, 0 to T - 1, which lie `step` frames apart.

    A windowed sinc (Kaiser) that lets pass what both rates can carry: for step > 1 everything faster than half the new rate
    is taken out first. A straight line stays straight to its ends. A sinc rings beside a jump: so values stay between those
    of the frames around them, and pass them only a little where a curve turns between two frames, never its extremes.
    """
    if len(curves) == 1:
        return np.repeat(curves, len(at), axis=0).astype(np.float32)
    wide = max(1.0, step)
    reach = int(np.ceil(CROSSINGS * wide)) + 1
    padded = _longer(curves.astype(np.float64), reach)
    first = np.floor(at).astype(np.int64)
    out, total = np.zeros((len(at), curves.shape[1])), np.zeros(len(at))
    for offset in range(-reach + 1, reach + 1):
        distance = (first + offset - at) / wide
        inside = np.maximum(1.0 - (distance / CROSSINGS) ** 2, 0.0)
        weight = np.sinc(distance) * np.i0(BETA * np.sqrt(inside)) * (inside > 0.0)
        out += weight[:, None] * padded[np.minimum(first + offset + reach, len(padded) - 1)]
        total += weight
    low, high = _bounds(curves, padded, first, reach, int(np.ceil(wide)))
    return np.clip(out / total[:, None], low, high).astype(np.float32)


def _longer(curves: np.ndarray, reach: int) -> np.ndarray:
    """Curves with so many frames more at both ends, mirrored about the last value, so that a slope goes on."""
    last = len(curves) - 1
    beyond = np.minimum(np.arange(1, reach + 1), last)
    before = 2.0 * curves[0] - curves[beyond[::-1]]
    return np.concatenate([before, curves, 2.0 * curves[-1] - curves[last - beyond]])


def _bounds(
    curves: np.ndarray, padded: np.ndarray, first: np.ndarray, reach: int, around: int
) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest value (N, C) at places between frame `first` and the next."""
    last = len(curves) - 1
    near = [curves[np.clip(first + offset, 0, last)] for offset in range(1 - around, around + 1)]
    low, high = np.minimum.reduce(near), np.maximum.reduce(near)
    before, one, two, after = (padded[np.minimum(first + n + reach, len(padded) - 1)] for n in (-1, 0, 1, 2))
    high = high + PEAK * np.maximum(np.minimum(one - before, two - after), 0.0)
    low = low - PEAK * np.maximum(np.minimum(before - one, after - two), 0.0)
    return np.maximum(low, curves.min(axis=0)), np.minimum(high, curves.max(axis=0))
