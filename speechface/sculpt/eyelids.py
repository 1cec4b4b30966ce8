"""Eyelids: rings from the grid to the lids' edge, over the edge and in under the lid, lying on a ball round the eye."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speechface.sculpt.curves import sample
from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.field import Field
from speechface.sculpt.grid import Grid
from speechface.sculpt.proportions import Proportions
from speechface.sculpt.weave import Rings, Weave

UPPER = ((0, -0.27), (0.05, -0.03), (0.17, 0.38), (0.40, 0.60), (0.63, 0.59), (0.85, 0.39), (1, 0.10))
LOWER = ((0, -0.27), (0.09, -0.37), (0.26, -0.55), (0.50, -0.68), (0.72, -0.60), (0.89, -0.27), (1, 0.10))
"""Edges of the lids from the inner to the outer corner: share of the fissure's length, height in cm."""

UNDER = ((0.03, -0.035, 0.0), (0.0, 0.0, 0.06), (0.01, 0.35, 0.45), (-0.1, 0.7, 1.0))
"""Rows under the lid: radius over the eyeball's, way along the lid, way back into the corners (cm)."""


@dataclass(frozen=True)
class Lids:
    """The rings of the left eye and where each column of them lies.

    rings.ids (R, N); along (N,) 0 at the inner, 1 at the outer corner; upper (N,) 1 on the upper lid, 0 on the lower.
    lower_edge, upper_edge: vertex indices of the lids' edges from the inner to the outer corner, corners in both.
    """

    rings: Rings
    along: np.ndarray
    upper: np.ndarray
    lower_edge: np.ndarray
    upper_edge: np.ndarray


def eye_centre(m: Proportions) -> np.ndarray:
    """(3,) centre of the left eyeball."""
    return np.array([m.pupil_distance / 2, 0.0, m.eyeball_depth])


def weave_lids(field: Field, weave: Weave, grid: Grid, density: int) -> Lids:
    """Fill the eye block of the grid."""
    m = field.proportions
    walk = np.roll(grid.blocks["eye"].walk(), 5 * density, axis=0)  # start at the inner corner's row
    border, outer = grid.points[walk[:, 0], walk[:, 1]], grid.ids[walk[:, 0], walk[:, 1]]
    half = len(walk) // 2
    along = np.concatenate([np.linspace(0, 1, half + 1), np.linspace(0, 1, half + 1)[-2:0:-1]])
    upper = (np.arange(len(walk)) > half).astype(float)
    start, length = m.inner_canthi / 2, m.fissure_length
    edges = [sample(np.array(edge) * (length, 1) + (start, 0), half + 1) for edge in (LOWER, UPPER)]
    edge = np.concatenate([edges[0], edges[1][-2:0:-1]])

    shares = np.linspace(1, 0, 7 * density + 1)[1:]
    shares = 0.42 * shares + 0.58 * shares**2
    ids = []
    for share in shares:
        flat = edge * (1 - share) + border[:, :2] * share
        ids.append(weave.add(np.column_stack([flat, _relief(field, flat, share, along, upper)])))
    for radius, way, back in UNDER:
        side = np.sin(np.pi * along) ** 0.7
        flat = edge + np.stack([0 * along, np.where(upper > 0, 1, -1) * side * way], axis=1)
        depth = _ball(m, flat, m.eyeball_radius + radius) - back * np.abs(2 * along - 1) ** 6 - 0.1 * max(way, 0)
        ids.append(weave.add(np.column_stack([flat, depth])))
    for row, next_row in zip([outer, *ids], ids, strict=False):
        weave.strip(row, next_row, closed=True)
    inside = np.concatenate([np.zeros(len(shares), int), np.arange(len(UNDER)) + 1])
    rings = Rings(np.array(ids), np.concatenate([shares, np.zeros(len(UNDER))]), inside)
    rim = rings.ids[len(shares) - 1]
    return Lids(rings, along, upper, rim[: half + 1], np.concatenate([rim[:1], rim[: half - 1 : -1]]))


def _ball(m: Proportions, flat: np.ndarray, radius: float) -> np.ndarray:
    """Z (N,) of a ball round the eye at X, Y (N, 2)."""
    centre = eye_centre(m)
    return centre[2] + np.sqrt(np.maximum(radius**2 - np.sum((flat - centre[:2]) ** 2, axis=1), 0.15))


def _relief(field: Field, flat: np.ndarray, share: float, along: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Z (N,) of one ring: the lid's ball near the edge, the face further out, and the crease of the upper lid."""
    m = field.proportions
    lid = _ball(m, flat, m.eyeball_radius + m.lid_thickness)
    middle, narrow = np.sin(np.pi * along) ** 0.7, np.sin(np.pi * along) ** 1.3
    blend = smooth_step(share / (0.14 + 0.41 * middle))
    depth = lid * (1 - blend) + field.depth(*flat.T) * blend
    cover = smooth_step((middle - 0.35) / 0.5) * (1 - smooth_step((share - 0.25) / 0.25))
    depth += np.maximum(lid - depth, 0) * cover
    depth -= 0.13 * narrow * upper * bell((share - 0.25) / 0.07) + 0.05 * narrow * (1 - upper) * bell(
        (share - 0.3) / 0.1
    )
    return depth + narrow * (
        0.12 * upper * bell((share - 0.45) / 0.13) + 0.05 * (1 - upper) * bell((share - 0.09) / 0.07)
    )
