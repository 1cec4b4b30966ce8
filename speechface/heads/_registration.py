"""The open head's skin laid on a stranger's mesh: which of its points is where, and which lip a vertex belongs to.

Non-rigid ICP (Amberg, Romdhani & Vetter, CVPR 2007; bending as stiffness, like `_correspondence`), twice: first by places and
normals alone, then with upper and lower lip told apart, so that no vertex of one follows the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from speechface.heads._correspondence import NORMAL, Samples, Surface, bending

STIFFNESS = (3e4, 1e4, 2e3, 400.0, 100.0, 40.0, 20.0)
LIPS = 0.032
"""Metres on the open head round the mouth within which upper and lower are told apart."""
FEW = 8
"""Faces that may join upper and lower lip in the middle of a mouth that counts as open."""
MARGIN = 0.001
"""Metres before the corners of the mouth at which upper and lower are no longer told apart."""
PIN = 30.0
"""Weight of a landmark against the match of one vertex."""


@dataclass(frozen=True, eq=False)
class Laid:
    """points (S, 3): the open head's skin on the target, in the open head's place and size. label (n,): 1 for vertices of
    the target round the mouth that go with the lower lip, 0 with the upper one, -1 elsewhere. open: whether the target's
    lips are apart already.
    """

    points: np.ndarray
    label: np.ndarray
    open: bool


def lay(source: Surface, outer: np.ndarray, target: Surface, mouth: np.ndarray, pins: dict[int, np.ndarray]) -> Laid:
    """Lay a skin on a target that is in its place and size already.

    outer (S,): which vertices of the source are seen from outside. mouth: (m,) those of the line where its lips meet.
    pins: vertex of the source -> place on the target.
    """
    none = np.full(len(source.points), -1)
    first = _fitted(source, outer, Surface(target.points, target.faces, np.full(len(target.points), 0.5)), none, pins)
    label = _labels(source, first, outer, target, mouth)
    if min((label == 0).sum(), (label == 1).sum()) < 10:
        return Laid(first, np.full(len(target.points), -1), False)
    ends = [mouth[source.points[mouth, 0].argmax()], mouth[source.points[mouth, 0].argmin()]]
    apart = _apart(first[mouth], target, label)
    reach = first[ends, 0]
    label = _between(label, target.points, reach)
    jaw = np.where(label >= 0, label, 0.5).astype(np.float64)
    near = np.linalg.norm(source.points - source.points[mouth].mean(axis=0), axis=1) < LIPS
    side = np.where(near & (source.jaw > 0.65), 1, np.where(near & (source.jaw < 0.35), 0, -1))
    side = _between(side, source.points, source.points[ends, 0])
    second = _fitted(source, outer, Surface(target.points, target.faces, jaw), side, pins, label)
    return Laid(second, _between(_labels(source, second, outer, target, mouth), target.points, reach), apart)


def _between(label: np.ndarray, points: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Labels of the vertices between the corners of the mouth, -1 elsewhere: beyond them the lips are one surface."""
    return np.where((points[:, 0] < reach[0] - MARGIN) & (points[:, 0] > reach[1] + MARGIN), label, -1)


def _apart(line: np.ndarray, target: Surface, label: np.ndarray) -> bool:
    """Whether the target's lips are two surfaces; line (m, 3): about where they meet."""
    middle, half = (line[:, 0].max() + line[:, 0].min()) / 2.0, np.ptp(line[:, 0]) / 2.0
    kinds = label[target.faces]
    mixed = (kinds == 0).any(axis=1) & (kinds == 1).any(axis=1)
    centre = target.points[target.faces[mixed]].mean(axis=1)
    central = np.abs(centre[:, 0] - middle) < 0.6 * half
    return int((central & (cKDTree(line).query(centre)[0] < 0.006)).sum()) <= FEW


def _fitted(
    source: Surface, outer: np.ndarray, target: Surface, side: np.ndarray, pins: dict[int, np.ndarray],
    label: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """(S, 3) the source's points on the target."""
    samples = Samples(target, source.points)
    if label is None:
        samples.parts = dict.fromkeys((-1, 0, 1), np.arange(len(samples.owner)))
        samples.trees = dict.fromkeys((-1, 0, 1), samples.trees[-1])
    bend = bending(len(source.points), source.faces)
    moved = np.zeros_like(source.points)
    for number, stiffness in enumerate(STIFFNESS):
        for _ in range(1 if number < 3 else 2):
            now = Surface(source.points + moved, source.faces, source.jaw)
            triangles, shares = samples.nearest(now, side)
            goal = samples.at(triangles, shares) - source.points
            weight = samples.trust(triangles, now, goal - moved) * outer if number else np.zeros(len(moved))
            wanted, hold = weight[:, None] * goal, weight + (1e-3 if number == 0 else 1e-7)
            for vertex, place in pins.items():
                wanted[vertex] += PIN * (place - source.points[vertex])
                hold[vertex] += PIN
            system = (sp.diags(hold) + stiffness * bend).tocsc()
            moved = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(wanted)
    return source.points + moved


def _labels(source: Surface, laid: np.ndarray, outer: np.ndarray, target: Surface, mouth: np.ndarray) -> np.ndarray:
    """(n,) the lip that each vertex of the target round the mouth hangs together with: along the surface, not through air."""
    centre = laid[mouth].mean(axis=0)
    region = np.flatnonzero(np.linalg.norm(target.points - centre, axis=1) < 1.4 * LIPS)
    out = np.full(len(target.points), -1)
    if not len(region):
        return out
    on = Surface(laid, source.faces, source.jaw)
    tree = cKDTree(np.hstack([laid, NORMAL * on.normals()])[outer])
    away, nearest = tree.query(np.hstack([target.points, NORMAL * target.normals()])[region])
    source_of = np.flatnonzero(outer)[nearest]
    line = cKDTree(laid[mouth]).query(target.points[region])[0]
    sure = (away < 0.006) & (line > 0.0025) & (np.abs(source.jaw[source_of] - 0.5) > 0.2)
    seeds = np.flatnonzero(sure)
    if not len(seeds):
        return out
    place = np.full(len(target.points), -1)
    place[region] = np.arange(len(region))
    faces = place[target.faces]
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = ends[(ends >= 0).all(axis=1)]
    points = target.points[region]
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1) + 1e-7
    graph = sp.coo_matrix((length, ends.T), shape=(len(region), len(region))).tocsr()
    graph = graph.maximum(graph.T)
    far, _, origin = dijkstra(graph, directed=False, indices=seeds, min_only=True, return_predecessors=True)
    known = np.isfinite(far)
    out[region[known]] = source.jaw[source_of[origin[known]]] > 0.5
    lipward = np.linalg.norm(target.points - centre, axis=1) < LIPS
    return np.where(lipward, out, -1)
