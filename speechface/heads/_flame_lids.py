"""Eyelids for a face in FLAME's layout, which has none: skin that turns about the eyeball until upper and lower lid meet.

Expression coefficients shut an eye as far as the faces they were made from did, those of our own layout half way. Others add
two hand-made shapes to FLAME for that reason (MICA's tracker, Zielonka et al. 2022); these come from the mesh alone: where
one can see out of the eye is the opening, and each column of the skin round it turns about the axis through the eye.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from speechface.heads._correspondence import Surface

DEGREE = np.pi / 180.0
COLUMNS, ROWS, WIDE = 129, 301, 1.6
"""Cells across the eye, from 1.6 radii to one side of its centre to as many to the other, and from 75 degrees down to 75 up."""
HEIGHT = 75.0 * DEGREE
MEET = 0.12
"""Share of the opening that the lower lid rises; the upper one does the rest."""
OVERLAP = 0.8 * DEGREE
"""How far the upper lid goes beyond the lower one: between their vertices edges are straight."""
FOLDS = (38.0 * DEGREE, 25.0 * DEGREE)
"""Degrees above the upper and below the lower lid over which the skin follows it less and less."""
FLAT = 1.04
"""How far from the axis shut lids lie, against their rims."""
DEEP = (1.25, 1.9)
"""Radii of the eyeball from its axis, up to where skin follows all of the way, and from where it does not follow."""
CLEAR = 0.0004
"""Metres between a lid and the eyeball under it."""


def lid_shapes(face: Surface, balls: Sequence[np.ndarray]) -> np.ndarray:
    """(2, 2, V, 3) float32 metres by which the left and the right lids of a face of V vertices shut: what goes with the amount
    of a blink, and what goes with its square, so that lids go round the eyeball.

    balls: vertices (m, 3) of both eyeballs, for an eye of none or one that has no opening nothing moves.
    """
    out = np.zeros((2, 2, len(face.points), 3), dtype=np.float32)
    for number, ball in enumerate(balls):
        if len(ball) < 8:
            continue
        centre, radius = _sphere(ball)
        low, high = opening(face.points, face.faces, centre, radius)
        if (high > low).any():
            half, whole = (_turned(face, centre, radius, low, high, ball, amount) for amount in (0.5, 1.0))
            out[number] = 4.0 * half - whole, 2.0 * whole - 4.0 * half
    return out


def opening(points: np.ndarray, faces: np.ndarray, centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """(COLUMNS,) radians of the lower and of the upper rim of an eye's opening, equal where there is none.

    Seen from the axis through the eye's centre: column by column, how far up and down nothing is in front of the eyeball.
    """
    free = ~_covered(points, faces, centre, radius)
    height = np.linspace(-HEIGHT, HEIGHT, ROWS)
    low, high = np.zeros(COLUMNS), np.zeros(COLUMNS)
    middle = COLUMNS // 2
    for columns in (range(middle, COLUMNS), range(middle - 1, -1, -1)):
        seen = np.abs(height) < 0.15 if columns[0] == middle else _between(height, low[middle], high[middle])
        for column in columns:
            runs = _runs(free[column])
            best = max(runs, key=lambda run: int(seen[run].sum()), default=slice(0, 0))
            if not seen[best].any() or best.start == 0 or best.stop == ROWS:  # a corner, or past the side of the face
                break
            if column != middle and best.stop - best.start > 1.5 * seen.sum() + 20:
                break
            low[column], high[column] = height[best.start], height[best.stop - 1]
            seen = _between(height, low[column], high[column])
    return low, high


def _turned(
    face: Surface, centre: np.ndarray, radius: float, low: np.ndarray, high: np.ndarray, ball: np.ndarray, amount: float
) -> np.ndarray:
    """(V, 3) movements of the skin for lids that are shut by an amount 0..1."""
    x, y, z = (face.points - centre).T
    angle, away = np.arctan2(y, z), np.hypot(y, z)
    across = np.linspace(-WIDE * radius, WIDE * radius, COLUMNS)
    shut = low + MEET * (high - low)
    lower, upper, line = (np.interp(x, across, gaussian_filter1d(rim, 1.0)) for rim in (low, high, shut))
    there = np.interp(x, across, (high > low).astype(float), 0.0, 0.0)
    down = np.maximum(upper - line, 0.0) + OVERLAP * np.clip((upper - lower) / (4.0 * DEGREE), 0.0, 1.0)
    rise = np.maximum(line - lower, 0.0)
    follow = np.where(
        angle >= line,
        -down * _fading((angle - upper) / np.maximum(FOLDS[0], 1.7 * down)),
        rise * _fading((lower - angle) / np.maximum(FOLDS[1], 1.7 * rise)),
    )
    follow *= there * _fading((away / radius - DEEP[0]) / (DEEP[1] - DEEP[0])) * (z > 0.0) * amount
    used = np.zeros(len(face.points), dtype=bool)
    used[face.faces] = True
    out = np.zeros((len(face.points), 3))
    lids = np.flatnonzero(used & (np.abs(follow) > 1e-4))
    edge = lids[np.abs(angle[lids] - upper[lids]) < 6.0 * DEGREE]
    if not len(edge):
        return out
    rim = np.median(away[edge])
    turned = angle[lids] + follow[lids]
    share = np.clip(
        -follow[lids] / np.maximum(down[lids], 1e-3), 0.0, 1.0
    )  # skin from the fold comes to lie on the ball
    size = away[lids] + share * np.minimum(FLAT * rim - away[lids], 0.0)
    now = np.stack([x[lids], size * np.sin(turned), size * np.cos(turned)], axis=1) + centre
    out[lids] = _outside(face.points[lids], now, ball, centre) - face.points[lids]
    return out


def _covered(points: np.ndarray, faces: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """(COLUMNS, ROWS) whether some triangle is in front of the axis through an eye, at a place along it and an angle up."""
    x, y, z = (points - centre).T
    flat = np.stack([(x / (WIDE * radius) + 1.0) / 2.0 * (COLUMNS - 1),
                     (np.arctan2(y, z) / HEIGHT + 1.0) / 2.0 * (ROWS - 1)], axis=1)  # fmt: skip
    near = (np.hypot(y, z) < DEEP[1] * radius) & (np.abs(x) < 1.3 * WIDE * radius) & (z > 0.0)
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


def _fading(share: np.ndarray) -> np.ndarray:
    """1 up to a share of 0, 0 from 1 on, smooth in between."""
    left = 1.0 - np.clip(share, 0.0, 1.0)
    return left**2 * (3.0 - 2.0 * left)


def _sphere(ball: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre (3,) and radius of an eyeball's vertices (m, 3)."""
    centre = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
    return centre, float(np.median(np.linalg.norm(ball - centre, axis=1)))


def _outside(rest: np.ndarray, now: np.ndarray, ball: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Places (n, 3) of what was at `rest`, none of them nearer to an eyeball (m, 3) than `CLEAR`, or than it was before."""
    size = np.linalg.norm(ball - centre, axis=1)
    tree = cKDTree((ball - centre) / size[:, None])

    def room(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        away = np.linalg.norm(points - centre, axis=1)
        near, rows = tree.query((points - centre) / away[:, None], k=3)
        weight = 1.0 / np.maximum(near, 1e-6)
        return away - (size[rows] * weight).sum(axis=1) / weight.sum(axis=1), away

    left, away = room(now)
    missing = np.maximum(np.minimum(CLEAR, room(rest)[0]) - left, 0.0)
    return now + (now - centre) * (missing / away)[:, None]
