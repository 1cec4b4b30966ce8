"""Fewer keys: those frames of a curve between which a straight line is near enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from speechface.errors import UserError
from speechface.progress import unwatched


def checked(tolerance: float) -> float:
    """A tolerance that can be used; `UserError` for any other. 0 keeps every frame."""
    if not 0.0 <= tolerance < np.inf:
        raise UserError(
            f"reduce {tolerance:g} is no tolerance; give 0.005 for half a per cent of a curve, or 0 for every frame"
        )
    return tolerance


def kept(curves: np.ndarray, tolerance: float) -> np.ndarray:
    """Rising numbers of the frames of curves (T, C) or (T,) to be keyed, the first and the last among them.

    Straight lines between them are never further than `tolerance` from any curve at any frame. Ramer (1972) and Douglas &
    Peucker (1973), with the error measured along the value: the frame that is furthest off is kept, and both sides are
    looked at again. A tolerance of 0 keeps all.
    """
    rows = np.asarray(curves, dtype=np.float64)
    rows = rows.reshape(len(rows), -1)
    if tolerance <= 0.0 or len(rows) < 3:
        return np.arange(len(rows))
    keep = np.zeros(len(rows), dtype=bool)
    keep[[0, -1]] = True
    first, last = np.array([0]), np.array([len(rows) - 1])
    while True:  # all stretches of a depth at once
        open_ = last - first > 1
        first, last = first[open_], last[open_]
        if not len(first):
            break
        inner = last - first - 1
        begin = np.cumsum(inner) - inner
        stretch = np.repeat(np.arange(len(first)), inner)
        frame = np.arange(len(stretch)) - begin[stretch] + first[stretch] + 1
        share = ((frame - first[stretch]) / (last - first)[stretch])[:, None]
        error = np.abs(rows[frame] - rows[first[stretch]] - share * (rows[last] - rows[first])[stretch]).max(axis=1)
        worst = np.maximum.reduceat(error, begin)
        hits = np.flatnonzero(error == worst[stretch])
        middle = frame[hits[np.unique(stretch[hits], return_index=True)[1]]]
        split = worst > tolerance
        first, middle, last = first[split], middle[split], last[split]
        keep[middle] = True
        first, last = np.concatenate([first, middle]), np.concatenate([middle, last])
    return np.flatnonzero(keep)


def together(curves: np.ndarray, tolerance: float, digits: int = 6) -> tuple[list[int], list[list[float]]]:
    """Frames and values of keys that curves (T, C) share, the values rounded to what is written in a file.

    Curves at rest have a key at both ends, so that keys of other lines before and after do not reach into this one.
    """
    rounded = np.round(np.asarray(curves, dtype=np.float64), digits) + 0.0  # no -0.0
    frames = kept(rounded, tolerance)
    return frames.tolist(), rounded[frames].tolist()


def sparse(
    curves: np.ndarray, tolerance: float, progress: Callable[[float], None] = unwatched
) -> list[tuple[list[int], list[float]]]:
    """Frames and values of the keys of each curve (T, C) by itself; progress is told the share of the curves done."""
    columns, keys = np.asarray(curves).T, []
    for number, curve in enumerate(columns):
        frames, values = together(curve[:, None], tolerance)
        keys.append((frames, [value for (value,) in values]))
        progress((number + 1) / len(columns))
    return keys
