"""What the joints carry: harmonic weights of the jaw on the skin, and of the neck.

The jaw's weight solves Laplace's equation on the skin with the chin at 1 and the skull and neck at 0, as in Jacobson
et al. (2011) but without the bounds, which the values between fixed sets keep by themselves (maximum principle).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as solver

from speechface.sculpt.distance import smooth_step
from speechface.sculpt.skin import Skin

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = (-1, 0, 1, 1, 1)
NECK = np.array([0.0, -9.0, -1.6])
HINGE = np.array([0.0, -1.7, 0.5])
"""The temporomandibular joint (cm), just in front of the tragus."""

OPENING = 0.30
"""Rotation of the jaw (radians) for jawOpen = 1: 17 degrees, about 40 mm between the incisors."""


def lip_side(skin: Skin) -> np.ndarray:
    """(N,) for the columns of the mouth's rings: 1 on the upper lip, -1 on the lower, steep through the corner.

    An ellipse's steepness: lips that open by this share open round, not pointed.
    """
    arc = skin.lips.arc
    return np.sign(arc) * np.sin(0.5 * np.pi * np.clip(np.abs(arc) / 0.6, 0, 1)) ** 0.75


def jaw_weights(skin: Skin) -> np.ndarray:
    """(V,) share of the jaw's rotation that each vertex of the skin follows."""
    x, y, z = np.abs(skin.vertices[:, 0]), skin.vertices[:, 1], skin.vertices[:, 2]
    known, value = np.zeros(skin.count, bool), np.zeros(skin.count)
    rings = skin.lips.rings
    mouth = np.zeros(skin.count, bool)
    mouth[skin.both(rings.ids)] = True
    mouth[skin.lips.end] = True

    def fix(where: np.ndarray, to: float | np.ndarray) -> None:
        where = where & ~known
        known[where], value[where] = True, to[where] if isinstance(to, np.ndarray) else to

    near = skin.both(rings.ids[rings.outside < 0.2])
    on_lips = np.zeros(skin.count, bool)
    on_lips[near] = True
    share = np.zeros(skin.count)
    share[skin.both(rings.ids)] = np.tile(0.5 - 0.5 * lip_side(skin), 2 * len(rings.ids))
    deep = rings.ids[rings.inside > 3]  # the cheek's inside stays with one row of teeth or the other
    share[skin.both(deep)] = np.tile(0.5 - 0.5 * np.clip(skin.lips.arc / 0.12, -1, 1), 2 * len(deep))
    fix(on_lips, share)
    low = -10.15 + skin.field.proportions.chin_height + 10.15
    fix(~mouth & ((y > -4.2) | (z < -0.8) | ((z < 1.6) & (y > -4.6))), 0.0)
    fix(~mouth & ((y < low - 2.6) | ((y < low - 1.0) & (z < 3.6))), 0.0)
    fix(~mouth & (y < low + 1.6) & (z > 5.6) & (y > low - 0.9), 1.0)
    line_x, line_y = np.interp(z, [1, 4.5, 7], [4.7, 3.5, 1.6]), np.interp(z, [1, 4.5, 7], [-6.9, -9.0, -10.2])
    fix(~mouth & (np.abs(x - line_x) < 0.7) & (np.abs(y - line_y) < 0.6) & (z > 1.2), 0.93)
    weight = _harmonic(skin, known, value)
    free = np.ones(skin.count, bool)
    free[skin.both(rings.ids[rings.outside < 0.12])] = False
    weight = np.clip(skin.smooth(weight, 25, free), 0.0, 1.0)
    weight[skin.lips.end] = 0.5
    return weight


def _harmonic(skin: Skin, known: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Values (V,) that are the weighted mean of their neighbours wherever they are not known."""
    first, second = skin.edges.T
    length = np.linalg.norm(skin.vertices[first] - skin.vertices[second], axis=1)
    pull = 1.0 / np.maximum(length, 0.02)
    joined = sparse.coo_matrix((pull, (first, second)), (skin.count, skin.count)).tocsr()
    joined = joined + joined.T
    laplace = sparse.diags(np.asarray(joined.sum(axis=1)).ravel()) - joined
    free = ~known
    out = value.copy()
    out[free] = solver.spsolve(laplace[free][:, free].tocsc(), -laplace[free][:, known] @ value[known])
    return out


def neck_weights(points: np.ndarray) -> np.ndarray:
    """(N,) share of the head's rotation that points of the neck follow: 0 in the collar, 1 on the head."""
    start = -15.0 + 0.12 * points[:, 2]
    return smooth_step((points[:, 1] - start) / (5.2 - 0.12 * points[:, 2]))


def hinge(angle: float) -> np.ndarray:
    """(3, 3) rotation of the jaw that opens by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])
