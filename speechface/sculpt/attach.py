"""Fastening brows, lashes and hair to the skin so that they follow what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from speechface.sculpt.distance import smooth_step
from speechface.sculpt.piece import Piece
from speechface.sculpt.skin import Skin


@dataclass(frozen=True)
class Fastening:
    """Where N points are fastened: on triangles of the skin, at an offset that turns with the skin round it.

    corners (N, 3) vertices of the skin, share (N, 3) barycentric, offset (N, 3) from there at rest.
    """

    skin: Skin
    corners: np.ndarray
    share: np.ndarray
    offset: np.ndarray
    used: np.ndarray
    slot: np.ndarray

    def follow(self, deltas: np.ndarray) -> np.ndarray:
        """(N, 3) movements of the points when the skin moves by `deltas` (V, 3)."""
        if not np.any(deltas[self.corners]):
            return np.zeros_like(self.offset)
        turns = np.einsum("nk,nkij->nij", self.share, _rotations(self.skin, self.used, deltas)[self.slot])
        left, _, right = np.linalg.svd(turns)
        moved = np.einsum("nk,nkj->nj", self.share, deltas[self.corners])
        return moved + np.einsum("nij,nj->ni", left @ right, self.offset) - self.offset


def fasten(skin: Skin, piece: Piece) -> Fastening:
    """Fasten a piece whose vertices lie near the skin, at its roots."""
    feet = piece.vertices[piece.root]
    triangles = skin.triangles
    centres = skin.vertices[triangles].mean(axis=1)
    _, near = cKDTree(centres).query(feet, k=12)
    corners, share = _closest(skin.vertices, triangles[near], feet)
    base = np.einsum("nk,nkj->nj", share, skin.vertices[corners])
    used, slot = np.unique(corners, return_inverse=True)
    return Fastening(skin, corners, share, piece.vertices - base, used, slot.reshape(corners.shape))


def follow_loosely(skin: Skin, piece: Piece, reach: float = 1.6) -> Callable[[np.ndarray], np.ndarray]:
    """As `follow_fully`, but less the further a vertex is off the skin: hair stirs at its roots when the brows go up."""
    far, _ = cKDTree(skin.vertices).query(piece.vertices)
    fade = (1 - smooth_step((far - 0.3) / reach))[:, None]
    follow = follow_fully(skin, piece)
    return lambda deltas: fade * follow(deltas)


def follow_fully(skin: Skin, piece: Piece) -> Callable[[np.ndarray], np.ndarray]:
    """A function from the skin's movement (Vs, 3) to that of a piece which goes with the nearest skin."""
    far, near = cKDTree(skin.vertices).query(piece.vertices, k=12)
    weight = 1.0 / (far + 0.15) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    return lambda deltas: np.einsum("nk,nkj->nj", weight, deltas[near])


def _closest(vertices: np.ndarray, triangles: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of K candidate triangles (N, K, 3) the nearest to each point (N, 3): its corners and barycentric share (N, 3)."""
    a, b, c = vertices[triangles].transpose(2, 0, 1, 3)
    ab, ac, ap = b - a, c - a, points[:, None] - a
    d00, d01, d11 = (np.sum(p * q, axis=-1) for p, q in ((ab, ab), (ab, ac), (ac, ac)))
    d20, d21 = np.sum(ap * ab, axis=-1), np.sum(ap * ac, axis=-1)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-12)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    share = np.clip(np.stack([1 - v - w, v, w], axis=-1), 0.0, None)
    share /= share.sum(axis=-1, keepdims=True)
    found = share[..., :1] * a + share[..., 1:2] * b + share[..., 2:] * c
    best = np.sum((found - points[:, None]) ** 2, axis=-1).argmin(axis=1)
    row = np.arange(len(points))
    return triangles[row, best], share[row, best]


def _rotations(skin: Skin, ids: np.ndarray, deltas: np.ndarray) -> np.ndarray:
    """(U, 3, 3) the rotation that best turns each vertex's neighbourhood at rest into the moved one (Kabsch)."""
    rows = skin.average[ids]
    start = rows.indptr[:-1]
    owner = np.repeat(np.arange(len(ids)), np.diff(rows.indptr))
    rest = skin.vertices[rows.indices] - skin.vertices[ids][owner]
    moved = rest + deltas[rows.indices] - deltas[ids][owner]
    spread = np.add.reduceat(moved[:, :, None] * rest[:, None, :], start, axis=0)
    left, _, right = np.linalg.svd(spread)
    flip = np.sign(np.linalg.det(left @ right))
    left[:, :, 2] *= flip[:, None]
    return left @ right
