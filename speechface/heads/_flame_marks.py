"""Landmarks that a FLAME file gives away by itself: eye joints, where the jaw's share jumps between the lips, the profile."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from speechface.errors import UserError
from speechface.heads._correspondence import Surface

JUMP = 0.4
"""Difference of the jaw's shares by which an upper lip is told from the lower one."""


def marks(skin: Surface, eyes: np.ndarray) -> dict[str, np.ndarray]:
    """Places (3,) of the eyes, the inner lips' middle and corners, the nose's tip and root, and the chin.

    skin: in metres, Y up, Z out of the face, its left at X > 0. eyes: (2, 3) left and right eye joint.
    Raises `UserError` for a mesh in other axes or without lips.
    """
    middle, apart = eyes.mean(axis=0), float(eyes[0, 0] - eyes[1, 0])
    if not 0.02 < apart < 0.2:
        raise UserError(
            "the FLAME file's eyes are not where they should be; it must be in metres, Y up, Z out of the face"
        )
    seam = _rim(skin, middle, apart)
    if seam is None:
        seam = _contact(skin, middle, apart)
    lips = seam[np.abs(seam[:, 0] - middle[0]) < 0.08 * apart]
    if not len(lips):
        raise UserError("the FLAME file's lips were not found: the jaw's weights do not jump between them")
    out = {
        "eye_left": eyes[0], "eye_right": eyes[1], "mouth": lips.mean(axis=0),
        "corner_left": seam[seam[:, 0].argmax()], "corner_right": seam[seam[:, 0].argmin()],
    }  # fmt: skip
    mouth = out["mouth"]
    profile = skin.points[np.abs(skin.points[:, 0] - middle[0]) < 0.06 * apart]
    front = profile[profile[:, 2] > middle[2]]
    nose = front[(front[:, 1] < middle[1] - 0.1 * apart) & (front[:, 1] > mouth[1] + 0.15 * apart)]
    if len(nose):
        out["nose_tip"] = nose[nose[:, 2].argmax()]
    return {name: place.astype(np.float64) for name, place in out.items()}


def _rim(skin: Surface, middle: np.ndarray, apart: float) -> np.ndarray | None:
    """(n, 3) the rim of the hole that a mesh without an inside of the mouth has between the lips; None if it has none."""
    ends = np.sort(np.concatenate([skin.faces[:, [0, 1]], skin.faces[:, [1, 2]], skin.faces[:, [2, 0]]]), axis=1)
    edges, times = np.unique(ends, axis=0, return_counts=True)
    rim = edges[times == 1]
    count = len(skin.points)
    loop = connected_components(sp.coo_matrix((np.ones(len(rim)), rim.T), shape=(count, count)))[1]
    for number in np.unique(loop[rim[:, 0]]):
        at = np.flatnonzero(loop == number)
        inside = np.abs(skin.points[at] - middle).max(axis=0) < np.array([0.75, 1.6, 1.6]) * apart
        if np.ptp(skin.jaw[at]) > JUMP and inside.all():
            return skin.points[at]
    return None


def _contact(skin: Surface, middle: np.ndarray, apart: float) -> np.ndarray:
    """(n, 3) places between vertices of the upper and the lower lip that are next to each other, and seen from the front."""
    x, y, z = skin.points.T
    face = (y < middle[1] - 0.4 * apart) & (y > middle[1] - 1.6 * apart) & (z > middle[2] - 0.3 * apart)
    face &= np.abs(x - middle[0]) < 0.75 * apart
    upper, lower = np.flatnonzero(face & (skin.jaw < 0.5)), np.flatnonzero(face & (skin.jaw >= 0.5))
    if not len(upper) or not len(lower):
        return np.zeros((0, 3))
    distance, nearest = cKDTree(skin.points[lower]).query(skin.points[upper], distance_upper_bound=0.07 * apart)
    close = distance < np.inf
    one, other = upper[close], lower[nearest[close]]
    jump = skin.jaw[other] - skin.jaw[one] > JUMP
    between = (skin.points[one[jump]] + skin.points[other[jump]]) / 2.0
    seen = np.flatnonzero(face)
    flat = cKDTree(skin.points[seen, :2])
    ahead = [z[seen[near]].max(initial=-np.inf) for near in flat.query_ball_point(between[:, :2], 0.05 * apart)]
    return between[between[:, 2] > np.array(ahead) - 0.12 * apart]
