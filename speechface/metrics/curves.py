"""How alike two curves are in time: correlation within clips, the lag at which it is best, and how large one is to the other.

Every measure is a function of sums that add up over clips, each clip's mean taken off first: so that long clips count more,
a pose that is held through a clip counts nothing, and whole clips can be drawn anew for an interval.
"""

from __future__ import annotations

import numpy as np

RATE, LONGEST = 100.0, 0.30
"""Hertz at which lags are looked for, and the longest, in seconds either way."""
LAGS = np.arange(-round(LONGEST * RATE), round(LONGEST * RATE) + 1) / RATE
STILL = 1e-7
"""Standard deviation (of metres, or of what a curve is in) below which only rounding moves."""


def products(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(3,) sums over a clip of p t, p p and t t, for curves (T,) less their means."""
    one, other = (_moving(np.asarray(curve, dtype=np.float64)) for curve in (predicted, true))
    return np.array([one @ other, one @ one, other @ other])


def _moving(curve: np.ndarray) -> np.ndarray:
    """The curve less its mean; nothing where it does not move."""
    away = curve - curve.mean()
    return away if away.std() > STILL else np.zeros_like(away)


def correlation(sums: np.ndarray) -> np.ndarray:
    """(...) Pearson's r within clips for sums (..., 3); NaN where a curve does not move."""
    cross, one, other = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    moving = (one > 1e-18) & (other > 1e-18)
    return np.where(moving, cross / np.sqrt(np.where(moving, one * other, 1.0)), np.nan)


def size(sums: np.ndarray) -> np.ndarray:
    """(...) standard deviation of the prediction over that of the truth, for sums (..., 3): the dynamic range; 1 is right."""
    _, one, other = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    return np.where(other > 1e-18, np.sqrt(one / np.where(other > 1e-18, other, 1.0)), np.nan)


def lagged(predicted: np.ndarray, true: np.ndarray, fps: float) -> np.ndarray:
    """(3 * lags,) the sums of `products` for the prediction moved earlier by every lag of `LAGS`; zeros for too short a clip."""
    seconds = (len(true) - 1) / fps
    if seconds < 3.0 * LONGEST:
        return np.zeros(3 * len(LAGS))
    times, at = np.arange(len(true)) / fps, np.arange(LONGEST, seconds - LONGEST, 1.0 / RATE)
    still = np.interp(at, times, true)
    return np.concatenate([products(np.interp(at + lag, times, predicted), still) for lag in LAGS])


def lag(sums: np.ndarray) -> np.ndarray:
    """(...) seconds by which the prediction is late (negative: early), where curves agree best, for sums (..., 3 * lags)."""
    found = correlation(np.asarray(sums).reshape(*np.shape(sums)[:-1], len(LAGS), 3))
    return np.where(
        np.isnan(found).any(axis=-1), np.nan, LAGS[np.where(np.isnan(found), -np.inf, found).argmax(axis=-1)]
    )
