"""Movements of the open head carried over to the vertices of another mesh (deformation transfer, Sumner & Popovic 2004)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU, splu
from scipy.spatial import cKDTree

from speechface.heads._correspondence import Samples, Surface, bending, shares, similarity
from speechface.sculpt.transfer import local_maps

EVEN = 0.0018
"""Metres on the open head over which movements are evened out."""
WIDE = 3000.0
"""Over how many edges, squared, the change of shape is evened out: faces differ in the large, what differs from vertex to vertex
is how the skin happened to slide when it was laid.
"""
CORNER, DOUBT = (0.003, 0.012), 0.01
"""Metres round the corners of the mouth up to where what is carried is hardly believed (by DOUBT), and from where it is."""
STIFF = 1.0
"""Weight of the bending of what is carried there against that: the edges of two lips end somewhere near, nobody knows where."""


def cut(
    points: np.ndarray, faces: np.ndarray, label: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Part a mesh between the lips: faces that join an upper to a lower vertex go with the upper one, which is doubled.

    Returns points, faces, labels and, for each added vertex, which one it doubles.
    """
    kinds = label[faces]
    mixed = (kinds == 0).any(axis=1) & (kinds == 1).any(axis=1)
    faces, doubled = faces.copy(), np.unique(faces[mixed][kinds[mixed] == 1])
    twin = np.full(len(points), -1)
    twin[doubled] = len(points) + np.arange(len(doubled))
    rows = np.flatnonzero(mixed)
    for column in range(3):
        lower = rows[label[faces[rows, column]] == 1]
        faces[lower, column] = twin[faces[lower, column]]
    return (
        np.concatenate([points, points[doubled]]), faces,
        np.concatenate([label, np.zeros(len(doubled), label.dtype)]), doubled,
    )  # fmt: skip


class Carrier:
    """Takes what is known at the vertices of the open head's skin to the vertices of a target it was laid on."""

    def __init__(
        self, rest: np.ndarray, laid: Surface, target: Surface, label: np.ndarray, corners: np.ndarray | None = None
    ) -> None:
        """corners (2, 3): those of the mouth, round which everything is evened out along the target."""
        self.target, self.corners_of_mouth = target, corners
        samples = Samples(laid, target.points)
        self.triangles, self.shares = samples.nearest(target, label)
        self.corners = samples.faces[self.triangles]
        self.distance = np.linalg.norm(samples.at(self.triangles, self.shares) - target.points, axis=1)
        maps = local_maps(rest, laid.points, laid.faces)
        spread = sp.identity(len(rest)) - smoothing(len(rest), laid.faces)
        wide = splu((sp.identity(len(rest)) + WIDE * spread).tocsc())
        self.maps = wide.solve(maps.reshape(len(rest), 9)).reshape(-1, 3, 3)

    def values(self, given: np.ndarray) -> np.ndarray:
        """(n, K) at the target's vertices, of values (S, K) at the skin's."""
        out = self._spread @ given
        if self._eased is not None:
            rows, hold, around, solver = self._eased
            out[rows] = solver.solve(hold[:, None] * out[rows] - around @ out)
        return out

    @cached_property
    def _spread(self) -> sp.csr_matrix:
        """(n, S) shares, evened out over some millimetres of the target: a vertex on the wrong lid goes with its neighbours."""
        count = len(self.corners)
        rows = np.repeat(np.arange(count), 3)
        out = sp.coo_matrix((self.shares.ravel(), (rows, self.corners.ravel())), shape=(count, len(self.maps))).tocsr()
        if not len(self.target.faces):
            return out
        ends = self.target.points[self.target.faces[:, [0, 1]]]
        edge = max(float(np.median(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))), 1e-6)
        smooth = smoothing(count, self.target.faces)
        for _ in range(int(np.clip(round((EVEN / edge) ** 2), 0, 8))):
            out = smooth @ out
        return out

    @cached_property
    def _eased(self) -> tuple[np.ndarray, np.ndarray, sp.csr_matrix, SuperLU] | None:
        """Vertices (r,) round the corners of the mouth, how far each is believed, the bending (r, n) by all the others, and
        the factors of the system.
        """
        if self.corners_of_mouth is None or not len(self.target.faces):
            return None
        away = cKDTree(self.corners_of_mouth).query(self.target.points)[0]
        used = np.zeros(len(away), dtype=bool)
        used[self.target.faces] = True
        free = used & (away < CORNER[1])
        rows = np.flatnonzero(free)
        if not len(rows):
            return None
        hold = np.clip((away[rows] - CORNER[0]) / (CORNER[1] - CORNER[0]), 0.0, 1.0) ** 2 + DOUBT
        bend = STIFF * bending(len(away), self.target.faces).tocsr()[rows]
        system = sp.diags(hold) + bend[:, rows]
        return rows, hold, bend @ sp.diags((~free).astype(float)), splu(system.tocsc())

    def movement(self, index: np.ndarray, delta: np.ndarray) -> np.ndarray:
        """(n, 3) movement of the target's vertices for that of some of the skin's, through the change of shape there."""
        dense = np.zeros((len(self.maps), 3))
        dense[index] = np.einsum("nij,nj->ni", self.maps[index], delta)
        return self.values(dense)


def distances(points: np.ndarray, surface: Surface) -> np.ndarray:
    """(n,) distance of points to a surface, the nearest of many samples of it and then the triangle that one is on."""
    samples = Samples(surface, points)
    tree = cKDTree(samples.features[:, :3])
    triangles = samples.owner[tree.query(points)[1]]
    return np.linalg.norm(samples.at(triangles, shares(points, samples.corners[triangles])) - points, axis=1)


def local_similarity(
    rest: np.ndarray, laid: np.ndarray, chosen: Sequence[int] | np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """How some of the skin's vertices are laid as a whole: scale, turn (3, 3), shift."""
    return similarity(rest[chosen], laid[chosen])


def smoothing(count: int, faces: np.ndarray) -> sp.csr_matrix:
    """(count, count) the mean of a vertex and its neighbours."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    near = sp.coo_matrix((np.ones(len(ends)), ends.T), shape=(count, count)).tocsr()
    near = ((near + near.T) > 0).astype(float) + sp.identity(count)
    return sp.diags(1.0 / np.asarray(near.sum(axis=1)).ravel()) @ near
