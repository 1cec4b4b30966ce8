"""Eyelids made from a mesh alone: skin that turns about the eyeball until upper and lower lid meet and nothing is seen.

FLAME has none: its expression coefficients shut an eye as far as the faces they were made from did, those of our own layout
half way (others add two hand-made shapes for that reason: MICA's tracker, Zielonka et al. 2022). And lids carried over from the
open head to a stranger's mesh end where the registration happened to put them. So the mesh itself is asked: where one can
see out of the eye is the opening, and each column of the skin round it turns about the axis through the eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from speechface.heads._correspondence import Surface
from speechface.heads._eye_opening import COLUMNS, DEGREE, HEIGHT, ROWS, WIDE, before, free, opening

MEET = 0.12
"""Share of the opening that the lower lid rises; the upper one does the rest."""
OVERLAP = 0.8 * DEGREE
"""How far the upper lid goes beyond the lower one: between their vertices edges are straight."""
EVEN, RAGGED = 0.7, 3.5 * DEGREE
"""Share of their distance from the lid's line that shut rims give up, and how far from it that is done: rims are ragged."""
TRIES, FARTHEST = 5, 6.0 * DEGREE
"""How often the upper lid is sent further where something is seen still, and how much further at most."""
FOLDS = (24.0 * DEGREE, 25.0 * DEGREE)
"""How far above the upper and below the lower lid the skin follows it less and less: up to the fold under the brow, which
stays where it is while the lid comes out from under it.
"""
COARSE = 0.002
"""Metres that edges may be long before rims are looked for less closely."""
RIM, ALONG = 3.0 * DEGREE, 0.8
"""How far from a rim the skin counts as it, and the share of the way along the skin from there that counts as angle: skin that
hangs over a fold has a long way to the rim, though it is before it.
"""
FLAT = 1.04
"""How far from the axis shut lids lie, against their rims."""
DEEP = (1.25, 1.9)
"""Radii of the eyeball from its axis, up to where skin follows all of the way, and from where it does not follow."""
CLEAR = 0.0004
"""Metres between a lid and the eyeball under it."""
GAZE = 25.0 * DEGREE
"""How far the cornea turns under a shut lid."""


@dataclass(frozen=True, eq=False)
class Lids:
    """Lids of one eye. shapes (2, V, 3): metres by which they shut, what goes with the amount of a blink and what goes with
    its square, so that they go round the eyeball. hold (V,): 1 on the lids, down to 0 where the skin no longer follows them.
    """

    shapes: np.ndarray
    hold: np.ndarray


@dataclass(frozen=True, eq=False)
class _Eye:
    """An eye's opening: low, high (COLUMNS,) radians of its rims, evened out and beyond the corners as at the corners;
    there (COLUMNS,) 1 where it is open.
    """

    centre: np.ndarray
    radius: float
    low: np.ndarray
    high: np.ndarray
    there: np.ndarray


def lid_shapes(face: Surface, balls: Sequence[np.ndarray]) -> np.ndarray:
    """(2, 2, V, 3) float32 `Lids.shapes` of the left and the right lids of a face of V vertices.

    balls: vertices (m, 3) of both eyeballs, for an eye of none or one that has no opening nothing moves.
    """
    out = np.zeros((2, 2, len(face.points), 3), dtype=np.float32)
    for number, ball in enumerate(balls):
        found = lids(face, ball)
        if found is not None:
            out[number] = found.shapes
    return out


def lids(face: Surface, ball: np.ndarray) -> Lids | None:
    """The lids round an eyeball's vertices (m, 3), Y up and looking along Z; None where there is no ball or no opening."""
    if len(ball) < 8:
        return None
    centre, radius = sphere(ball)
    low, high = opening(face.points, face.faces, centre, radius)
    if not (high > low).any():
        return None
    known = np.flatnonzero(high > low)
    nearest = np.clip(np.arange(COLUMNS), known[0], known[-1])
    ends = (known[0] - 1, known[-1] + 1)
    rims = [np.where(high > low, rim, ((low + high) / 2.0)[nearest]) for rim in (low, high)]
    low_line, high_line = (gaussian_filter1d(rim, 1.0, mode="nearest") for rim in rims)
    there = np.zeros(COLUMNS)
    there[max(ends[0], 0) + 1 : ends[1]] = 1.0
    eye = _Eye(centre, radius, low_line, np.maximum(high_line, low_line), there)
    seen = [clear & before(eye.there) for clear in free(face.points, face.faces, centre, radius)]
    seen[0] &= np.abs(np.linspace(-HEIGHT, HEIGHT, ROWS) - (low + high)[:, None] / 2.0) < (high - low)[:, None] / 2.0
    more = np.zeros(COLUMNS)
    whole, hold = _turned(face, eye, ball, 1.0, more)
    for _ in range(TRIES):
        clear = free(face.points + whole, face.faces, centre, radius)
        left = np.max([(one & other).sum(axis=1) for one, other in zip(seen, clear, strict=True)], axis=0)
        if not left.any():
            break
        step = 2.0 * HEIGHT / (ROWS - 1) * left
        more = np.minimum(more + gaussian_filter1d(1.3 * maximum_filter1d(step, 9), 2.0), FARTHEST)
        whole, hold = _turned(face, eye, ball, 1.0, more)
    half, _ = _turned(face, eye, ball, 0.5, more)
    return Lids(np.stack([4.0 * half - whole, 2.0 * whole - 4.0 * half]).astype(np.float32), hold)


def _turned(
    face: Surface, eye: _Eye, ball: np.ndarray, amount: float, more: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) movements of the skin for lids that are shut by an amount 0..1, and (V,) how far it belongs to the lids.

    more: (COLUMNS,) radians by which the upper lid goes further than to the lower one.
    """
    centre, radius = eye.centre, eye.radius
    x, y, z = (face.points - centre).T
    angle, away = np.arctan2(y, z), np.hypot(y, z)
    across = np.linspace(-WIDE * radius, WIDE * radius, COLUMNS)
    shut = eye.low + MEET * (eye.high - eye.low)
    lower, upper, line, extra = (np.interp(x, across, rim) for rim in (eye.low, eye.high, shut, more))
    there = np.interp(x, across, eye.there, 0.0, 0.0)
    down = np.maximum(upper - line, 0.0) + extra + OVERLAP * np.clip((upper - lower) / (4.0 * DEGREE), 0.0, 1.0)
    rise = np.maximum(line - lower, 0.0)
    near = _fading((away / radius - DEEP[0]) / (DEEP[1] - DEEP[0])) * (z > 0.0)
    above, below = angle - upper, lower - angle
    used = np.zeros(len(face.points), dtype=bool)
    used[face.faces] = True
    open_here = used & (near > 0.0) & (there > 0.0)
    edge = max(_edge(face, open_here) - COARSE, 0.0) / radius
    far = [ALONG * np.maximum(_along(face, open_here & (np.abs(rim) < RIM + edge / 2.0), radius) / radius - edge, 0.0)
           for rim in (above, below)]  # fmt: skip
    fold = np.where(
        angle >= line,
        _fading(np.maximum(above, far[0]) / FOLDS[0]),
        _fading(np.maximum(below, far[1]) / np.maximum(FOLDS[1], 1.7 * rise)),
    )
    ragged = np.where(angle >= line, above, -below)
    even = EVEN * ragged * np.exp(-((ragged / RAGGED) ** 2)) * np.clip((upper - lower) / (4.0 * DEGREE), 0.0, 1.0)
    follow = (np.where(angle >= line, -down, rise) * fold - even) * there * near * amount
    beyond = np.interp(x, across, gaussian_filter1d(eye.there, 5.0, mode="constant"), 0.0, 0.0)
    hold = np.maximum(there, beyond) * near * fold * used
    out = np.zeros((len(face.points), 3))
    moving = np.flatnonzero(used & (np.abs(follow) > 1e-4))
    along_rim = moving[np.abs(above[moving]) < 6.0 * DEGREE]
    if not len(along_rim):
        return out, hold
    rim = np.median(away[along_rim])
    turned = angle[moving] + follow[moving]
    # skin from the fold comes to lie on the ball
    share = np.clip(-follow[moving] / np.maximum(down[moving], 1e-3), 0.0, 1.0)
    size = away[moving] + share * np.minimum(FLAT * rim - away[moving], 0.0)
    now = np.stack([x[moving], size * np.sin(turned), size * np.cos(turned)], axis=1) + centre
    firm = np.clip(np.abs(follow[moving]) / (8.0 * DEGREE), 0.0, 1.0)
    placed = face.points.copy()
    placed[moving] = now
    spare = CLEAR + np.minimum(_longest(placed, face.faces)[moving], radius) ** 2 / (8.0 * radius)
    out[moving] = _outside(face.points[moving], now, ball, centre, firm, spare) - face.points[moving]
    return out, hold


def _edge(face: Surface, here: np.ndarray) -> float:
    """Metres, the usual length of an edge between some vertices."""
    ends = face.faces[:, :2][here[face.faces[:, :2]].all(axis=1)]
    return (
        float(np.median(np.linalg.norm(face.points[ends[:, 0]] - face.points[ends[:, 1]], axis=1)))
        if len(ends)
        else 0.0
    )


def _longest(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V,) metres of the longest edge at each vertex: between vertices on a ball edges go through it."""
    out = np.zeros(len(points))
    for one, two in ((0, 1), (1, 2), (2, 0)):
        length = np.linalg.norm(points[faces[:, one]] - points[faces[:, two]], axis=1)
        np.maximum.at(out, faces[:, one], length)
        np.maximum.at(out, faces[:, two], length)
    return out


def _along(face: Surface, start: np.ndarray, radius: float) -> np.ndarray:
    """(V,) metres along the skin from the nearest of some vertices, as far as edges tell; at most four radii of the eye."""
    limit = 4.0 * radius
    if not start.any():
        return np.zeros(len(start))
    ends = np.concatenate([face.faces[:, [0, 1]], face.faces[:, [1, 2]], face.faces[:, [2, 0]]])
    length = np.linalg.norm(face.points[ends[:, 0]] - face.points[ends[:, 1]], axis=1) + 1e-9
    graph = sp.coo_matrix((length, ends.T), shape=(len(start), len(start))).tocsr()
    graph = graph.maximum(graph.T)
    return np.minimum(dijkstra(graph, False, np.flatnonzero(start), limit=limit, min_only=True), limit)


def _fading(share: np.ndarray) -> np.ndarray:
    """1 up to a share of 0, 0 from 1 on, smooth in between."""
    left = 1.0 - np.clip(share, 0.0, 1.0)
    return left**2 * (3.0 - 2.0 * left)


def sphere(ball: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre (3,) and radius of an eyeball's vertices (m, 3)."""
    centre = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
    return centre, float(np.median(np.linalg.norm(ball - centre, axis=1)))


def _outside(
    rest: np.ndarray, now: np.ndarray, ball: np.ndarray, centre: np.ndarray, firm: np.ndarray, spare: np.ndarray
) -> np.ndarray:
    """Places (n, 3) of what was at `rest`, none of them nearer to an eyeball (m, 3) than `CLEAR`, or than it was before.

    firm (n,): how far they are to be metres `spare` (n,) away from the cornea as well, wherever it looks.
    """
    size = np.linalg.norm(ball - centre, axis=1)
    ahead = (ball - centre) / size[:, None]
    tree = cKDTree(ahead)
    swept = np.array([size[near].max() for near in tree.query_ball_point(ahead, 2.0 * np.sin(GAZE / 2.0))])

    def room(points: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        away = np.linalg.norm(points - centre, axis=1)
        near, rows = tree.query((points - centre) / away[:, None], k=3)
        weight = 1.0 / np.maximum(near, 1e-6)
        return away - (size[rows] * weight).sum(axis=1) / weight.sum(axis=1), away

    left, away = room(now, size)
    had = room(rest, size)[0]
    least = np.minimum(CLEAR, had)
    under = np.maximum(np.median(had) - had, 0.0)  # the inside of a lid stays inside
    cornea = firm * (spare - under - room(now, swept)[0])
    missing = np.maximum(np.maximum(least - left, cornea), 0.0)
    return now + (now - centre) * (missing / away)[:, None]
