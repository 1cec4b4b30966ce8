"""Taking the movement of the whole head out of vertices, by the rotation and shift that fit best (Kabsch 1976)."""

from __future__ import annotations

import numpy as np


def held_still(vertices: np.ndarray, stable: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(T, n, 3) vertices turned and shifted, frame by frame, so that the stable ones come nearest to a reference.

    stable: (m,) which of the vertices move with the skull; reference: (m, 3) where they are to be. Sizes are kept.
    """
    vertices, reference = np.asarray(vertices, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    skull = vertices[:, stable]
    middle, goal = skull.mean(axis=1, keepdims=True), reference.mean(axis=0)
    left, _, right = np.linalg.svd((skull - middle).swapaxes(1, 2) @ (reference - goal))
    sign = np.ones((len(vertices), 1, 3))
    sign[:, 0, 2] = np.sign(np.linalg.det(left @ right))  # a mirror is no movement of a head
    return (vertices - middle) @ ((left * sign) @ right) + goal
