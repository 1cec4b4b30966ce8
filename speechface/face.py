"""`Face`: part of a head as a torch module, through which losses reach the parameters of the motion."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from speechface.heads.flame import OpenFlame
from speechface.skinning import rotations


class Face(nn.Module):
    """Motion (B, T, E + 3), expression coefficients and jaw axis-angle -> vertices (B, T, M, 3) in metres.

    The M vertices are the middles of the inner lips (first the upper, then the lower), the edge of the upper incisors, and
    `count` more spread over the face and denser round the mouth; the head does not turn and the eyes do not blink.
    `upper` numbers those of them that belong to the upper face. Where the vertices are `chosen`, they are those and in that
    order, and `gap` and `tuck` mean nothing.
    """

    rest: Tensor
    mix: Tensor
    muscle_shapes: Tensor
    pair_shapes: Tensor
    pairs: Tensor
    pivot: Tensor
    jaw: Tensor

    def __init__(self, head: OpenFlame, count: int = 300, seed: int = 0, chosen: np.ndarray | None = None) -> None:
        super().__init__()
        chosen = choose(head, count, seed) if chosen is None else chosen
        shapes = head.shapes_at(chosen)
        useful = np.abs(shapes).max(axis=(1, 2)) > 1e-5
        muscles = len(head.controls)
        pairs = head.pairs[useful[muscles:]]
        jaw = head.weights[chosen, 2] / np.maximum(1.0 - head.weights[chosen, 0], 1e-6)
        self.opening, self.open = head.opening, head.controls.index("jawOpen")
        self.chosen, self.upper = chosen, _upper(head, chosen)
        for name, value in {
            "rest": head.rest[chosen], "mix": head.expression, "muscle_shapes": shapes[:muscles].reshape(muscles, -1),
            "pair_shapes": shapes[muscles:][useful[muscles:]].reshape(len(pairs), -1), "pairs": pairs,
            "pivot": head.joints[2], "jaw": jaw[:, None],
        }.items():  # fmt: skip
            self.register_buffer(name, torch.as_tensor(np.ascontiguousarray(value)), persistent=False)

    def forward(self, motion: Tensor) -> Tensor:
        with torch.autocast(motion.device.type, enabled=False):  # half a millimetre is what bfloat16 knows of a place
            return self._moved(motion.float())

    def _moved(self, motion: Tensor) -> Tensor:
        expression, jaw = motion[..., :-3], motion[..., -3:]
        muscles = expression @ self.mix
        opening = (jaw[..., 0] / self.opening)[..., None]
        return self.posed(torch.cat([muscles[..., : self.open], opening, muscles[..., self.open + 1 :]], dim=-1), jaw)

    def posed(self, muscles: Tensor, jaw: Tensor) -> Tensor:
        """Vertices (B, T, M, 3) for the head's own controls (B, T, K) and its jaw's axis-angle (B, T, 3)."""
        products = muscles[..., self.pairs[:, 0]] * muscles[..., self.pairs[:, 1]]
        moved = muscles @ self.muscle_shapes + products @ self.pair_shapes
        shaped = self.rest + moved.reshape(*moved.shape[:-1], -1, 3)
        turned = (shaped - self.pivot) @ rotations(jaw).transpose(-1, -2) + self.pivot
        return shaped + self.jaw * (turned - shaped)

    @staticmethod
    def gap(vertices: Tensor) -> Tensor:
        """(B, T) metres between the inner lips at their middle, for vertices of this face."""
        return _distance(vertices[..., 0, :], vertices[..., 1, :])

    @staticmethod
    def tuck(vertices: Tensor) -> Tensor:
        """(B, T) metres between the lower lip's middle and the edge of the upper incisors."""
        return _distance(vertices[..., 1, :], vertices[..., 2, :])


def _distance(one: Tensor, other: Tensor) -> Tensor:
    return (one - other).square().sum(dim=-1).add(1e-12).sqrt()


def _upper(head: OpenFlame, chosen: np.ndarray) -> np.ndarray:
    """(n,) which of the chosen vertices are of the upper face: eyes, brows and forehead."""
    nose, bridge = head.rest[head.landmarks["lm68_30"], 1], head.rest[head.landmarks["lm68_27"], 1]
    return np.flatnonzero(head.rest[chosen, 1] > 0.5 * (nose + bridge))


def choose(head: OpenFlame, count: int, seed: int) -> np.ndarray:
    """Vertex numbers: inner lips' middles and incisors' edge, then `count` of the face's skin, two in three near the mouth."""
    draw = np.random.default_rng(seed)
    lips = [head.landmarks[name] for name in ("inner_lip_upper", "inner_lip_lower", "upper_incisor_edge")]
    mouth = head.rest[[head.landmarks["mouth_corner_left"], head.landmarks["mouth_corner_right"]]].mean(axis=0)
    skin = np.flatnonzero(head.look.part == head.look.parts.index("skin"))
    moved = np.abs(head.shapes_at(skin)).max(axis=(0, 2)) > 2e-4
    face = skin[moved | (head.weights[skin, 2] > 0.05)]
    near = np.linalg.norm(head.rest[face] - mouth, axis=1) < 0.035
    mouthful = draw.choice(face[near], min(2 * count // 3, near.sum()), replace=False)
    rest = draw.choice(face[~near], min(count - len(mouthful), (~near).sum()), replace=False)
    return np.concatenate([lips, np.sort(mouthful), np.sort(rest)])
