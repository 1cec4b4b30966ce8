"""Rotations from axis-angle and linear blend skinning, for NumPy and torch alike.

Joints are FLAME's: root, neck, jaw, left eye, right eye; every rotation is axis-angle in radians about the joint's
rest place (Loper et al., SMPL, 2015, eq. 2-4, without pose correctives).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

Array = Any

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = (-1, 0, 1, 1, 1)


def rotations(axis_angle: Array) -> Array:
    """(..., 3, 3) matrices for axis-angle vectors (..., 3) by Rodrigues' formula; the zero vector gives identity.

    Smooth and differentiable everywhere, zero included.
    """
    xp = _namespace(axis_angle)
    square = (axis_angle * axis_angle).sum(-1)[..., None, None]
    small = square < 1e-8
    safe = xp.where(small, xp.ones_like(square), square)
    angle = xp.sqrt(safe)
    sine = xp.where(small, 1.0 - square / 6.0, xp.sin(angle) / angle)
    cosine = xp.where(small, 0.5 - square / 24.0, (1.0 - xp.cos(angle)) / safe)
    x, y, z = axis_angle[..., 0], axis_angle[..., 1], axis_angle[..., 2]
    zero = xp.zeros_like(x)
    rows = [xp.stack(row, -1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    cross = xp.stack(rows, -2)
    identity = xp.eye(3, dtype=axis_angle.dtype, device=axis_angle.device)
    return identity + sine * cross + cosine * (cross @ cross)


def joint_transforms(turns: Array, joints: Array, parents: Sequence[int] = PARENTS) -> tuple[Array, Array]:
    """Where joints carry the points bound to them: matrices (..., J, 3, 3) and shifts (..., J, 3).

    turns: (..., J, 3, 3) each joint's rotation in its parent. joints: (J, 3) or (..., J, 3) rest places.
    A point p bound to joint j goes to `matrices[j] @ p + shifts[j]`.
    """
    xp = _namespace(turns)
    matrices, shifts = [], []
    for joint, parent in enumerate(parents):
        place, turn = joints[..., joint, :], turns[..., joint, :, :]
        stay = place - (turn @ place[..., None])[..., 0]
        if parent < 0:
            matrices.append(turn)
            shifts.append(stay)
        else:
            matrices.append(matrices[parent] @ turn)
            shifts.append((matrices[parent] @ stay[..., None])[..., 0] + shifts[parent])
    return xp.stack(matrices, -3), xp.stack(shifts, -2)


def skin(vertices: Array, weights: Array, matrices: Array, shifts: Array) -> Array:
    """(..., V, 3) vertices (..., V, 3) carried by joints in shares `weights` (V, J)."""
    blend = weights @ matrices.reshape(*matrices.shape[:-2], 9)
    blend = blend.reshape(*blend.shape[:-1], 3, 3)
    return (blend @ vertices[..., None])[..., 0] + weights @ shifts


def _namespace(array: Array) -> ModuleType:
    """The library an array comes from: torch where it is a tensor, else NumPy."""
    return sys.modules["torch"] if type(array).__module__.partition(".")[0] == "torch" else np
