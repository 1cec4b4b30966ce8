"""The skin: grid and ring blocks woven into one quad mesh, evened out on the field and mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from speechface.sculpt.ears import weave_ear
from speechface.sculpt.eyelids import Lids, weave_lids
from speechface.sculpt.field import Field
from speechface.sculpt.grid import Grid, lay
from speechface.sculpt.lips import Lips, weave_lips
from speechface.sculpt.nostrils import weave_nostril
from speechface.sculpt.weave import Rings, Weave

MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Skin:
    """The whole skin at rest.

    vertices (V, 3); quads (Q, 4), a triangle repeats its last corner; mirror (V,) the vertex on the other side (the
    midline is its own); the ring blocks name vertices of the left half.
    """

    field: Field
    vertices: np.ndarray
    quads: np.ndarray
    mirror: np.ndarray
    grid: Grid
    lids: Lids
    lips: Lips
    nostril: Rings
    ear: Rings

    @property
    def count(self) -> int:
        return len(self.vertices)

    def both(self, ids: np.ndarray) -> np.ndarray:
        """Indices of the left half and those of the right, one after the other."""
        ids = np.ravel(ids)
        return np.concatenate([ids, self.mirror[ids]])

    def reflect(self, deltas: np.ndarray) -> np.ndarray:
        """(V, 3) the same movement on the other side of the face."""
        return deltas[self.mirror] * MIRROR

    @cached_property
    def triangles(self) -> np.ndarray:
        """(F, 3) the quads cut in two."""
        both = np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])
        a, b, c = both.T
        return both[(a != b) & (b != c) & (a != c)]

    @cached_property
    def edges(self) -> np.ndarray:
        """(E, 2) pairs of neighbours."""
        return edges_of(self.quads)

    @cached_property
    def average(self) -> sparse.csr_matrix:
        """(V, V) matrix that takes the mean of a vertex's neighbours."""
        return averaging(self.edges, self.count)

    @cached_property
    def normals(self) -> np.ndarray:
        """(V, 3) outward unit normals at rest."""
        return normals_of(self.vertices, self.triangles)

    def smooth(self, values: np.ndarray, times: int, free: np.ndarray | None = None) -> np.ndarray:
        """Values (V, ...) moved half way to their neighbours' mean some times, only where `free` (V,)."""
        for _ in range(times):
            moved = 0.5 * values + 0.5 * (self.average @ values)
            if free is None:
                values = moved
            else:
                values = np.where(free.reshape(-1, *[1] * (values.ndim - 1)), moved, values)
        return values


def make_skin(field: Field, density: int, relaxations: int = 20) -> Skin:
    """Sculpt the skin; `density` 1 gives about 7 thousand vertices, 2 about 28 thousand."""
    weave = Weave()
    grid = lay(field, weave, density)
    lids = weave_lids(field, weave, grid, density)
    lips = weave_lips(field, weave, grid, density)
    nostril = weave_nostril(field, weave, grid, density)
    ear = weave_ear(field, weave, grid, density)
    half = weave.points()
    middle = np.abs(half[:, 0]) < 1e-7
    mirror = np.arange(len(half))
    mirror[~middle] = len(half) + np.arange(np.count_nonzero(~middle))
    vertices = np.concatenate([half, half[~middle] * MIRROR])
    quads = np.concatenate(weave.quads)
    quads = np.concatenate([quads, mirror[quads][:, ::-1]])
    back = np.concatenate([mirror, np.flatnonzero(~middle)])
    fixed = _fixed(len(half), grid, lids, lips, nostril, ear)
    vertices = _even_out(field, vertices, quads, back, len(half), ~fixed, relaxations)
    return Skin(field, vertices, quads, back, grid, lids, lips, nostril, ear)


def _fixed(count: int, grid: Grid, lids: Lids, lips: Lips, nostril: Rings, ear: Rings) -> np.ndarray:
    """(count,) vertices that are designed and must not be moved by evening out."""
    fixed = np.zeros(count, bool)
    fixed[grid.ids[0]] = fixed[grid.ids[-1]] = fixed[grid.pole] = True
    fixed[lids.rings.ids[lids.rings.outside < 0.62]] = True
    fixed[lips.rings.ids[lips.rings.outside < 0.35]] = True
    fixed[lips.end] = True
    for rings in (nostril, ear):
        fixed[rings.ids.min() : rings.ids.max() + 2] = True  # and the centre, which comes last
    return fixed


def _even_out(
    field: Field, vertices: np.ndarray, quads: np.ndarray, mirror: np.ndarray, half: int, free: np.ndarray, times: int
) -> np.ndarray:
    """Vertices (V, 3) after sliding the free ones of the left half towards their neighbours, along the field."""
    average = averaging(edges_of(quads), len(vertices))
    moving = np.flatnonzero(free)
    middle = moving[mirror[moving] == moving]
    for _ in range(times):
        moved = 0.5 * vertices[moving] + 0.5 * (average[moving] @ vertices)
        vertices[moving] = field.project(moved, steps=1)
        vertices[middle, 0] = 0.0
        vertices[mirror[:half]] = np.where(
            (mirror[:half] == np.arange(half))[:, None], vertices[:half], vertices[:half] * MIRROR
        )
    return vertices


def edges_of(quads: np.ndarray) -> np.ndarray:
    """(E, 2) the different edges of quads (Q, 4)."""
    pairs = np.concatenate([quads[:, [0, 1]], quads[:, [1, 2]], quads[:, [2, 3]], quads[:, [3, 0]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    return pairs[pairs[:, 0] != pairs[:, 1]]


def averaging(edges: np.ndarray, count: int) -> sparse.csr_matrix:
    """(V, V) matrix of the mean over neighbours."""
    joined = sparse.coo_matrix((np.ones(len(edges)), edges.T), (count, count)).tocsr()
    joined = joined + joined.T
    return sparse.diags(1.0 / np.asarray(joined.sum(axis=1)).ravel()) @ joined


def normals_of(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals, faces weighted by area."""
    a, b, c = vertices[triangles].transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    out = np.zeros_like(vertices)
    for corner in range(3):
        for axis in range(3):
            out[:, axis] += np.bincount(triangles[:, corner], face[:, axis], len(vertices))
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
