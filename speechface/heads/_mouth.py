"""Where the mouth of a mesh is, seen from what moves when it opens."""

from __future__ import annotations

import numpy as np


def find_mouth(rest: np.ndarray, drop: np.ndarray) -> dict[str, int]:
    """Landmarks of a face (V, 3), Y up and looking along Z, by how its vertices move (V, 3) as the mouth opens.

    Lips are where skin that drops touches skin that does not. Gives chin, inner lips, corners of the mouth and their
    standard points, or as many of these as are found.
    """
    from scipy.spatial import cKDTree

    fall = -drop[:, 1]
    most = float(fall.max(initial=0.0))
    if most <= 0.0:
        return {}
    low = np.flatnonzero(fall > 0.35 * most)
    tall = float(np.ptp(rest[low, 1]))
    middle = float(np.median(rest[low, 0]))
    front = low[rest[low, 2] > np.quantile(rest[low, 2], 0.5)]
    central = front[np.abs(rest[front, 0] - middle) < 0.25 * tall]
    chosen = central if len(central) else front
    chin = int(chosen[np.argmin(rest[chosen, 1])])
    out = {"chin": chin, "lm68_08": chin}
    still = np.flatnonzero(fall < 0.25 * most)
    if not len(still):
        return out
    away, nearest = cKDTree(rest[still]).query(rest[low])
    meet = away < 0.08 * tall
    if not meet.any():
        return out
    lower, upper = low[meet], still[nearest[meet]]
    near = np.abs(rest[lower, 0] - middle) < 0.2 * tall
    if not near.any():
        return out
    foremost = rest[lower[near], 2].max()
    at = int(np.argmax(np.where(near, rest[lower, 2], -np.inf)))
    lips = (rest[lower, 2] > foremost - 0.5 * tall) & (np.abs(rest[lower, 1] - rest[lower[at], 1]) < 0.3 * tall)
    left, right = (int(upper[lips][pick(rest[upper[lips], 0])]) for pick in (np.argmax, np.argmin))
    out |= {"inner_lip_upper": int(upper[at]), "inner_lip_lower": int(lower[at])}
    out |= {"mouth_corner_left": left, "mouth_corner_right": right, "lm68_54": left, "lm68_48": right}
    return out
