"""Which way up a stranger's head is, and how large: the open head is laid on it in all 24 ways, and the best one is kept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from scipy.spatial import cKDTree

from speechface.heads._correspondence import Surface, similarity

NORMAL = 0.02
"""Metres on the open head that a normal the other way costs, in the search."""
COARSE, FINE = 300, 2000
"""Points of the open head that are laid in the first rounds, and in the last ones."""
GOOD = 0.0105
"""Metres on the open head, median with what the normals cost, up to which a head is one."""


@dataclass(frozen=True, eq=False)
class Pose:
    """target = scale * source @ turn.T + shift. axes (3, 3): the turn rounded to axes. fit: metres on the open head."""

    scale: float
    turn: np.ndarray
    shift: np.ndarray
    axes: np.ndarray
    fit: float

    def back(self, points: np.ndarray) -> np.ndarray:
        """Points of the target in the open head's place and size."""
        return (points - self.shift) @ self.turn / self.scale


def search(source: Surface, target: Surface) -> Pose:
    """The best pose of all; its `fit` says whether it is to be believed (see `GOOD`)."""
    draw = np.random.default_rng(0)
    normals = target.normals()
    pick = draw.permutation(len(target.points))[:12000]
    points, arrows = target.points[pick], normals[pick]
    tries = []
    for axes in all_axes():
        turned = points @ axes  # in the axes of the source
        low, high = turned.min(axis=0), turned.max(axis=0)
        own_low, own_high = source.points.min(axis=0), source.points.max(axis=0)
        for share in (1.0, 0.75, 0.5):
            scale = share * float(np.median((high - low) / (own_high - own_low)))
            middle = np.array([(low[0] + high[0]) / 2.0, high[1], (low[2] + high[2]) / 2.0])
            own = np.array([0.0, own_high[1], (own_low[2] + own_high[2]) / 2.0])
            tries.append((scale, axes, (middle - scale * own) @ axes.T, axes))
    few = draw.permutation(len(source.points))
    found = [_settle(source, few[:COARSE], points, arrows, *one, rounds=10) for one in tries]
    found = sorted(found, key=lambda pose: pose.fit)[:4]
    best = [
        _settle(source, few[:FINE], points, arrows, pose.scale, pose.turn, pose.shift, pose.axes, rounds=25)
        for pose in found
    ]
    return min(best, key=lambda pose: pose.fit)


def all_axes() -> list[np.ndarray]:
    """The 24 rotations (3, 3) that lay axes on axes."""
    out = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[order, range(3)] = signs
            if np.linalg.det(matrix) > 0:
                out.append(matrix)
    return out


def _settle(
    source: Surface, few: np.ndarray, points: np.ndarray, arrows: np.ndarray,
    scale: float, turn: np.ndarray, shift: np.ndarray, axes: np.ndarray, rounds: int,
) -> Pose:  # fmt: skip
    """Iterated closest points, of both surfaces to each other so that the size cannot shrink, by places and normals."""
    own, own_arrows = source.points[few], source.normals()[few]
    tree = cKDTree(np.hstack([own, NORMAL * own_arrows]))
    many = points[:: max(1, len(points) // (4 * len(few)))]
    some = arrows[:: max(1, len(points) // (4 * len(few)))]
    fit = np.inf
    for _ in range(rounds):
        back, back_arrows = (many - shift) @ turn / scale, some @ turn
        features = np.hstack([back, NORMAL * back_arrows])
        away, nearest = cKDTree(features).query(np.hstack([own, NORMAL * own_arrows]))
        inside = back[:, 1] > own[:, 1].min()
        other_away, other = tree.query(features[inside])
        fit = float(np.median(away) + (np.median(other_away) if len(other) else 1.0)) / 2.0
        if inside.sum() < 20:
            break
        one, two = away <= np.quantile(away, 0.8), other_away <= np.quantile(other_away, 0.8)
        scale, turn, shift = similarity(
            np.concatenate([own[one], own[other[two]]]), np.concatenate([many[nearest[one]], many[inside][two]])
        )
    return Pose(scale, turn, shift, axes, fit)
