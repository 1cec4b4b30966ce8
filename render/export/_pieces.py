"""A head in pieces, one a part that has faces, as formats with a material a mesh want it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speechface.heads import Head
from speechface.look import Look

SPARE = 4
"""Joints that may carry a vertex."""


@dataclass(frozen=True, eq=False)
class Piece:
    """name: of the part. vertices: (N,) numbers in the head. faces: (M, 3) numbers into those."""

    name: str
    vertices: np.ndarray
    faces: np.ndarray


def pieces(head: Head) -> list[Piece]:
    """Every part of a head that has faces."""
    part = head.look.part[head.faces[:, 0]]
    found = []
    for index, name in enumerate(head.look.parts):
        faces = head.faces[part == index]
        if len(faces):
            vertices, corners = np.unique(faces, return_inverse=True)
            found.append(Piece(name, vertices, corners.reshape(-1, 3)))
    return found


def unit_normals(head: Head, rest: np.ndarray) -> np.ndarray:
    """(V, 3) normals of the head at rest; those of no length point up, because none may have length zero."""
    from render.normals import Normals

    normals = np.empty_like(rest)
    Normals(head.faces, len(rest)).fill(rest, normals)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 0.5, normals / np.maximum(length, 1e-9), [0.0, 1.0, 0.0]).astype(np.float32)


def colours(look: Look) -> np.ndarray:
    """(V, 3) linear colours, darker in hollows: viewers know nothing of baked occlusion."""
    return np.clip(look.colour * (0.35 + 0.65 * look.occlusion[:, None]), 0.0, 1.0)


def strongest(carried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The four joints (N, 4) uint8 that carry each vertex most, and their shares (N, 4) float32, which sum to 1."""
    count = min(SPARE, carried.shape[1])
    order = np.argsort(-carried, axis=1, kind="stable")[:, :count]
    shares = np.take_along_axis(carried, order, axis=1).astype(np.float32)
    shares /= shares.sum(axis=1, keepdims=True)
    order[shares == 0.0] = 0
    spare = ((0, 0), (0, SPARE - count))
    return np.pad(order, spare).astype(np.uint8), np.pad(shares, spare)


def quaternions(turns: np.ndarray) -> np.ndarray:
    """(T, 4) float32 x, y, z, w for axis-angle (T, 3)."""
    angle = np.linalg.norm(turns, axis=1, keepdims=True).astype(np.float64)
    axis = turns * (0.5 * np.sinc(angle / (2.0 * np.pi)))
    return np.concatenate([axis, np.cos(angle / 2.0)], axis=1).astype(np.float32)
