"""`FlameFace`: part of a user's FLAME as a torch module, as `Face` is of the open head's."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor, nn

from speechface import heads
from speechface.errors import UserError
from speechface.face import Face
from speechface.heads import Head
from speechface.heads._flame_head import FlameHead
from speechface.heads.flame import OpenFlame
from speechface.skinning import rotations

NEAR = 0.035
"""Metres round the mouth of the open head where vertices count more."""


def face_of(head: Head) -> Face | FlameFace:
    """The face through which losses reach the parameters of a head; `UserError` for one that does not move by FLAME's."""
    if isinstance(head, OpenFlame):
        return Face(head)
    if isinstance(head, FlameHead):
        return FlameFace(head)
    raise UserError(f"head '{head.name}' does not move by FLAME's parameters; use 'flame' or flame:/path/to/FLAME.pkl")


def known_as(head: Head, spec: str) -> str:
    """What a model says of the head it was made for: a spec, but never the path of a user's file."""
    return f"flame_file:{fingerprint(head)}" if isinstance(head, FlameHead) else spec


def fingerprint(head: FlameHead) -> str:
    """By which a model knows FLAMEs whose coefficients mean the same; nothing of the file can be found from it."""
    return hashlib.sha256(np.round(head.expression * 1e6).astype(np.int32).tobytes()).hexdigest()[:16]


class FlameFace(nn.Module):
    """Motion (B, T, E + 3), the first E expression coefficients and the jaw's axis-angle -> vertices (B, T, M, 3) in metres.

    The same points as those of `Face` and by the same names: the middles of the inner lips, a point where the edge of the
    upper incisors would be (FLAME has no teeth: the open head's, in proportion, which the skull carries), and `count` more.
    FLAME's formula (Li et al., 2017, eq. 1-5) with the head and the eyes at rest.
    """

    rest: Tensor
    shapes: Tensor
    pose: Tensor
    pivot: Tensor
    shift: Tensor
    jaw: Tensor

    gap = staticmethod(Face.gap)
    tuck = staticmethod(Face.tuck)

    def __init__(self, head: FlameHead, count: int = 300, seed: int = 0) -> None:
        super().__init__()
        marks = head.landmarks
        lips = [marks["inner_lip_upper"], marks["inner_lip_lower"]]
        chosen = np.concatenate([lips, lips[:1], _chosen(head, count, seed)])
        rest, shapes, pose = head.rest[chosen].copy(), head.expression[:, chosen].copy(), head.pose[9:18, chosen].copy()
        jaw = head.weights[chosen, 2].copy()
        rest[2], shapes[:, 2], pose[:, 2], jaw[2] = _incisors(head), 0.0, 0.0, 0.0
        middle = 0.5 * (head.rest[marks["lm68_30"], 1] + head.rest[marks["lm68_27"], 1])
        self.chosen, self.upper = chosen, np.flatnonzero(rest[:, 1] > middle)
        for name, value in {
            "rest": rest, "shapes": shapes.reshape(len(shapes), -1), "pose": pose.reshape(9, -1),
            "pivot": head.joints[2], "shift": head.joint_shift[:, 2], "jaw": jaw[:, None],
        }.items():  # fmt: skip
            self.register_buffer(name, torch.as_tensor(np.ascontiguousarray(value, np.float32)), persistent=False)

    def forward(self, motion: Tensor) -> Tensor:
        with torch.autocast(motion.device.type, enabled=False):
            return self._moved(motion.float())

    def _moved(self, motion: Tensor) -> Tensor:
        expression, turn = motion[..., :-3], rotations(motion[..., -3:])
        count = expression.shape[-1]
        features = (turn - torch.eye(3, device=turn.device)).flatten(-2)
        moved = expression @ self.shapes[:count] + features @ self.pose
        shaped = self.rest + moved.reshape(*moved.shape[:-1], -1, 3)
        pivot = (self.pivot + expression @ self.shift[:count])[..., None, :]
        turned = (shaped - pivot) @ turn.transpose(-1, -2) + pivot
        return shaped + self.jaw * (turned - shaped)


def _chosen(head: FlameHead, count: int, seed: int) -> np.ndarray:
    """Vertices of the face that move, two in three near the mouth."""
    draw, scale = np.random.default_rng(seed), head.match.scale
    mouth = head.rest[[head.landmarks["mouth_corner_left"], head.landmarks["mouth_corner_right"]]].mean(axis=0)
    moved = np.linalg.norm(head.expression, axis=2).max(axis=0) > 2e-4
    face = np.flatnonzero((moved | (head.weights[:, 2] > 0.05)) & (head.weights[:, 3:].sum(axis=1) < 0.5))
    near = np.linalg.norm(head.rest[face] - mouth, axis=1) < NEAR * scale
    mouthful = draw.choice(face[near], min(2 * count // 3, near.sum()), replace=False)
    rest = draw.choice(face[~near], min(count - len(mouthful), (~near).sum()), replace=False)
    return np.concatenate([np.sort(mouthful), np.sort(rest)])


def _incisors(head: FlameHead) -> np.ndarray:
    """(3,) where the edge of the upper incisors would be: as far from the upper lip as the open head's, in proportion."""
    twin = heads.load("open:preview")
    rest, marks = twin.rest, twin.landmarks  # type: ignore[attr-defined]
    away = rest[marks["upper_incisor_edge"]] - rest[marks["inner_lip_upper"]]
    return head.rest[head.landmarks["inner_lip_upper"]] + head.match.scale * (head.match.turn @ away)
