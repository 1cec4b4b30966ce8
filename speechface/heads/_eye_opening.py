"""Where one can see out of an eye: which directions from an eyeball, or to it, meet no skin."""

from __future__ import annotations

import numpy as np

DEGREE = np.pi / 180.0
COLUMNS, ROWS, WIDE = 129, 301, 1.6
"""Cells across the eye, from 1.6 radii to one side of its centre to as many to the other, and from 75 degrees down to 75 up."""
HEIGHT = 75.0 * DEGREE
DEEP = 1.9
"""Radii of the eyeball from its axis within which skin is looked at."""
VIEWS = (0.0, -0.25)
"""Radians above the eye from which it is looked at from far away."""


def opening(points: np.ndarray, faces: np.ndarray, centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """(COLUMNS,) radians of the lower and of the upper rim of an eye's opening, equal where there is none.

    Seen from the axis through the eye's centre: column by column, how far up and down nothing is in front of the eyeball.
    """
    clear = ~covered(points - centre, faces, radius)
    height = np.linspace(-HEIGHT, HEIGHT, ROWS)
    low, high = np.zeros(COLUMNS), np.zeros(COLUMNS)
    middle = COLUMNS // 2
    for columns in (range(middle, COLUMNS), range(middle - 1, -1, -1)):
        seen = np.abs(height) < 0.15 if columns[0] == middle else _between(height, low[middle], high[middle])
        for column in columns:
            runs = _runs(clear[column])
            best = max(runs, key=lambda run: int(seen[run].sum()), default=slice(0, 0))
            if not seen[best].any() or best.start == 0 or best.stop == ROWS:  # a corner, or past the side of the face
                break
            if column != middle and best.stop - best.start > 1.5 * seen.sum() + 20:
                break
            low[column], high[column] = height[best.start], height[best.stop - 1]
            seen = _between(height, low[column], high[column])
    return low, high


def free(points: np.ndarray, faces: np.ndarray, centre: np.ndarray, radius: float) -> list[np.ndarray]:
    """Where nothing is in front of an eye: (COLUMNS, ROWS) from its axis, and as seen from far away at each of `VIEWS`."""
    out = [~covered(points - centre, faces, radius)]
    return out + [~covered(points - centre, faces, radius, view) for view in VIEWS]


def before(there: np.ndarray) -> np.ndarray:
    """(COLUMNS, ROWS) cells of a far view in which the eyeball is, in columns (COLUMNS,) where there is an opening."""
    across, up = np.linspace(-WIDE, WIDE, COLUMNS), np.linspace(-HEIGHT, HEIGHT, ROWS)
    return (across[:, None] ** 2 + up**2 < 0.9) & (there > 0.0)[:, None]


def covered(points: np.ndarray, faces: np.ndarray, radius: float, view: float | None = None) -> np.ndarray:
    """(COLUMNS, ROWS) whether some triangle is in front of the axis through an eye, at a place along it and an angle up.

    points: (n, 3) from the eye's centre. view: radians above the eye from which it is seen from far away, in place of the axis;
    rows are then radii up the picture.
    """
    x, y, z = points.T
    up = np.arctan2(y, z) if view is None else (np.cos(view) * y - np.sin(view) * z) / radius
    flat = np.stack([(x / (WIDE * radius) + 1.0) / 2.0 * (COLUMNS - 1), (up / HEIGHT + 1.0) / 2.0 * (ROWS - 1)], axis=1)
    near = (np.hypot(y, z) < DEEP * radius) & (np.abs(x) < 1.3 * WIDE * radius) & (z > 0.0)
    out = np.zeros((COLUMNS, ROWS), dtype=bool)
    for corners in flat[faces[near[faces].all(axis=1)]]:
        first = np.maximum(np.ceil(corners.min(axis=0)).astype(int), 0)
        last = np.minimum(np.floor(corners.max(axis=0)).astype(int), (COLUMNS - 1, ROWS - 1))
        if (last < first).any():
            continue
        cells = np.stack(np.meshgrid(*map(np.arange, first, last + 1), indexing="ij"), axis=-1)
        sides = [_side(corners[k], corners[(k + 1) % 3], cells) for k in range(3)]
        inside = np.all([side >= -1e-9 for side in sides], axis=0) | np.all([side <= 1e-9 for side in sides], axis=0)
        out[first[0] : last[0] + 1, first[1] : last[1] + 1] |= inside
    return out


def _side(start: np.ndarray, end: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """On which side of a line cells (..., 2) are, by the sign."""
    along, to = end - start, cells - start
    return along[0] * to[..., 1] - along[1] * to[..., 0]


def _runs(mask: np.ndarray) -> list[slice]:
    """Runs of true in a mask (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _between(height: np.ndarray, low: float, high: float) -> np.ndarray:
    return (height >= low) & (height <= high) if high > low else np.zeros(len(height), dtype=bool)
