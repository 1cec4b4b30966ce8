"""Carry a rig over to another person of the same mesh, as deformation transfer does (Sumner & Popovic, 2004).

Near every vertex the change from one person to the other is a linear map; movements are taken through that map.
"""

from __future__ import annotations

import numpy as np

from speechface.sculpt.skin import normals_of


def local_maps(before: np.ndarray, after: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3, 3) the linear map that best takes the edges round each vertex, and its normal, from `before` to `after`.

    before, after: (V, 3) rest vertices of two people. Along the normal the map grows as the surface does.
    """
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    old, new = before[edges[:, 1]] - before[edges[:, 0]], after[edges[:, 1]] - after[edges[:, 0]]
    count = len(before)

    def spread(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        products = (left[:, :, None] * right[:, None, :]).reshape(-1, 9)
        return np.stack([np.bincount(edges[:, 0], column, count) for column in products.T], axis=1).reshape(-1, 3, 3)

    size = [np.bincount(edges[:, 0], np.sum(edge**2, axis=1), count) for edge in (old, new)]
    grown = np.sqrt(size[1] / np.maximum(size[0], 1e-12))
    normal, turned = normals_of(before, faces), normals_of(after, faces)
    weight = 0.5 * size[0][:, None, None]
    through = weight * grown[:, None, None] * turned[:, :, None] * normal[:, None, :]
    firm = weight * normal[:, :, None] * normal[:, None, :]
    small = (1e-4 * size[0] + 1e-12)[:, None, None] * np.eye(3)
    return (spread(new, old) + through + small) @ np.linalg.inv(spread(old, old) + firm + small)
