"""Where the points of the open head's face lie on another face: landmarks, a similarity, then a smooth deformation.

Non-rigid ICP in the manner of Amberg, Romdhani & Vetter (CVPR 2007), with the bending (the Laplacian) of the movement as
the stiffness. What belongs to the jaw is only ever matched with what belongs to the jaw, so that touching lips stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

SLACK = 0.003
"""Metres on the open head to which landmarks are believed."""
STIFFNESS = (1e4, 2e3, 400.0, 100.0, 25.0, 8.0, 3.0)
"""Weight of the bending against the distances, softer from round to round."""
ROUNDS = 8
"""Steps of the rigid ICP before."""
NORMAL, REACH, LIPS = 0.010, 0.012, 0.030
"""Metres on the open head: what a normal the other way costs, how far a match may be, how far round the mouth lips count."""


@dataclass(frozen=True, eq=False)
class Surface:
    """points (n, 3) metres, faces (F, 3), jaw (n,) share of the jaw in carrying each point."""

    points: np.ndarray
    faces: np.ndarray
    jaw: np.ndarray

    def normals(self) -> np.ndarray:
        """(n, 3) unit normals, of the faces round a point by their size."""
        corners = self.points[self.faces]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        out = np.zeros_like(self.points)
        np.add.at(out, self.faces.ravel(), np.repeat(across, 3, axis=0))
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


@dataclass(frozen=True, eq=False)
class Match:
    """For n points: vertices (n, 3) of the triangle each lies on, shares (n, 3) of those, and metres (n,) to it.

    scale: size of the other face against the open head's. turn (3, 3): rotation from the open head's axes to its.
    """

    vertices: np.ndarray
    shares: np.ndarray
    distance: np.ndarray
    scale: float
    turn: np.ndarray


def match(source: Surface, marks: dict[str, np.ndarray], target: Surface, found: dict[str, np.ndarray]) -> Match:
    """Lay a face on another one.

    marks, found: the same landmarks (names and places (3,)) on the source and on the target.
    """
    names = sorted(set(marks) & set(found))
    scale, turn, shift = similarity(
        np.stack([marks[name] for name in names]), np.stack([found[name] for name in names])
    )
    back = (target.points - shift) @ turn / scale  # everything happens in the size and the axes of the source
    goals = {name: (found[name] - shift) @ turn / scale for name in names}
    samples = Samples(Surface(back, target.faces, target.jaw), source.points)
    mouth = np.mean([marks["corner_left"], marks["corner_right"]], axis=0)
    lips = np.linalg.norm(source.points - mouth, axis=1) < LIPS
    side = np.where(lips & (source.jaw > 0.65), 1, np.where(lips & (source.jaw < 0.35), 0, -1))
    size, lean, offset = _settled(source, samples, side)
    base = size * source.points @ lean.T + offset
    bend = bending(len(source.points), source.faces)
    pins = [(np.linalg.norm(source.points - marks[name], axis=1).argmin(), goals[name])
            for name in names if not name.startswith("eye")]  # fmt: skip
    pins = [(vertex, _beyond(place - base[vertex], SLACK)) for vertex, place in pins]
    moved, weight, goal = np.zeros_like(base), np.zeros(len(base)), np.zeros_like(base)
    for number, stiffness in enumerate((STIFFNESS[0], *STIFFNESS)):
        if number:
            now = Surface(base + moved, source.faces, source.jaw)
            triangles, shares = samples.nearest(now, side)
            goal = samples.at(triangles, shares) - base
            weight = samples.trust(triangles, now, goal - moved)
        wanted, hold = weight[:, None] * goal, weight.copy()
        for vertex, offset in pins:
            wanted[vertex] += 10.0 * offset
            hold[vertex] += 10.0
        system = (sp.diags(hold + 1e-9) + stiffness * bend).tocsc()
        moved = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(wanted)
    triangles, shares = samples.nearest(Surface(base + moved, source.faces, source.jaw), side)
    distance = np.linalg.norm(samples.at(triangles, shares) - base - moved, axis=1)
    return Match(samples.faces[triangles], shares, distance, scale * size, turn @ lean)


def _settled(source: Surface, samples: Samples, side: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """The similarity that lays a face best on the samples, from where it is: iterated closest points."""
    size, lean, offset = 1.0, np.eye(3), np.zeros(3)
    for _ in range(ROUNDS):
        now = Surface(size * source.points @ lean.T + offset, source.faces, source.jaw)
        triangles, shares = samples.nearest(now, side)
        goal = samples.at(triangles, shares)
        good = samples.trust(triangles, now, goal - now.points) > 0.5
        if good.sum() < 100:
            break
        size, lean, offset = similarity(source.points[good], goal[good])
    return size, lean, offset


def _beyond(offset: np.ndarray, slack: float) -> np.ndarray:
    """An offset (3,) made shorter by a length."""
    length = float(np.linalg.norm(offset))
    return offset * max(1.0 - slack / max(length, 1e-9), 0.0)


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation (3, 3) and shift (3,) that lay points (n, 3) on others: target = scale * source @ turn.T + shift.

    Least squares (Umeyama, 1991).
    """
    middle, other = source.mean(axis=0), target.mean(axis=0)
    left, size, right = np.linalg.svd((target - other).T @ (source - middle))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = left * sign @ right
    scale = float((size * sign).sum() / np.square(source - middle).sum())
    return scale, turn, other - scale * turn @ middle


def largest_piece(count: int, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(count,) whether a vertex belongs to the piece of a mesh, of what hangs together, with the largest surface."""
    piece = pieces(count, faces)
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return piece == np.bincount(piece[faces[:, 0]], area).argmax()


def pieces(count: int, faces: np.ndarray) -> np.ndarray:
    """(count,) number of the piece that each vertex of a mesh hangs together with."""
    ends = np.concatenate([faces[:, :2], faces[:, 1:]])
    return connected_components(sp.coo_matrix((np.ones(len(ends)), ends.T), shape=(count, count)))[1]


def bending(count: int, faces: np.ndarray) -> sp.csc_matrix:
    """(count, count) square of the Laplacian: 0 for what moves as its neighbours do."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    near = sp.coo_matrix((np.ones(len(ends)), ends.T), shape=(count, count)).tocsr()
    near = ((near + near.T) > 0).astype(float)
    laplacian = sp.identity(count) - sp.diags(1.0 / np.maximum(np.asarray(near.sum(axis=1)).ravel(), 1.0)) @ near
    return (laplacian.T @ laplacian).tocsc()


class Samples:
    """Points all over the target's triangles near the source, to look up the nearest triangle by place and normal."""

    def __init__(self, target: Surface, near: np.ndarray) -> None:
        close = cKDTree(near).query(target.points, distance_upper_bound=0.025)[0] < np.inf
        self.faces = target.faces[close[target.faces].any(axis=1)]
        self.corners = target.points[self.faces]
        flat = np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])
        self.flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
        steps = int(np.clip(np.sqrt(2.0 * 150_000 / max(len(self.faces), 1)), 1, 8))
        grid = np.array([(a + 1 / 3, b + 1 / 3) for a in range(steps) for b in range(steps - a)]) / steps
        shares = np.column_stack([grid, 1.0 - grid.sum(axis=1)])
        smooth = target.normals()[self.faces]
        place = np.einsum("sk,fkc->fsc", shares, self.corners).reshape(-1, 3)
        arrow = np.einsum("sk,fkc->fsc", shares, smooth).reshape(-1, 3)
        arrow /= np.maximum(np.linalg.norm(arrow, axis=1, keepdims=True), 1e-12)
        jaw = np.einsum("sk,fk->fs", shares, target.jaw[self.faces]).ravel()
        self.features, self.owner = (
            np.hstack([place, NORMAL * arrow]),
            np.repeat(np.arange(len(self.faces)), len(shares)),
        )
        self.parts = {-1: np.arange(len(jaw)), 0: np.flatnonzero(jaw < 0.5), 1: np.flatnonzero(jaw >= 0.5)}
        self.trees = {side: cKDTree(self.features[rows]) for side, rows in self.parts.items()}

    def nearest(self, points: Surface, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Triangles (n,) and shares (n, 3) of their corners; side (n,): 1 on the jaw, 0 off it, -1 wherever."""
        query, found = np.hstack([points.points, NORMAL * points.normals()]), np.zeros(len(side), dtype=np.int64)
        for number, rows in self.parts.items():
            asked = side == number
            found[asked] = self.owner[rows[self.trees[number].query(query[asked])[1]]]
        return found, shares(points.points, self.corners[found])

    def at(self, triangles: np.ndarray, shares: np.ndarray) -> np.ndarray:
        return np.einsum("nk,nkc->nc", shares, self.corners[triangles])

    def trust(self, triangles: np.ndarray, points: Surface, away: np.ndarray) -> np.ndarray:
        """(n,) 0 to 1 how far to believe a match: not at all where it is far away (n, 3) or faces elsewhere."""
        facing = (self.flat[triangles] * points.normals()).sum(axis=1)
        return (np.linalg.norm(away, axis=1) < REACH) * np.clip(facing, 0.0, 1.0) ** 2


def shares(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(n, 3) shares of a triangle's corners (n, 3, 3) in the point of its plane below each point, pulled inside."""
    one, two, down = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], points - corners[:, 0]
    a, b, c = (one * one).sum(1), (one * two).sum(1), (two * two).sum(1)
    d, e = (down * one).sum(1), (down * two).sum(1)
    whole = np.maximum(a * c - b * b, 1e-20)
    second, third = (c * d - b * e) / whole, (a * e - b * d) / whole
    out = np.clip(np.column_stack([1.0 - second - third, second, third]), 0.0, 1.0)
    return out / out.sum(axis=1, keepdims=True)
