"""`State`: what is looked for in T frames. Controls, the head's rotation and place, and the person's shape."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from data_prep.fitting.camera import Camera
from data_prep.fitting.points import Points
from speechface.skinning import rotations


@dataclass(frozen=True, eq=False)
class State:
    """controls (T, C); turn (T, 3, 3) and place (T, 3) of the upright head in the camera's axes; shape (S,)."""

    controls: Tensor
    turn: Tensor
    place: Tensor
    shape: Tensor

    def moved(self, step: Tensor, by_shape: Tensor, low: Tensor, high: Tensor, furthest: float) -> State:
        """The state after a step (T, C + 6) and a change of shape (S,), brought back into the ranges of both."""
        count = self.controls.shape[1]
        controls = (self.controls + step[:, :count]).clamp(low, high)
        turn = rotations(step[:, count : count + 3]) @ self.turn
        shape = (self.shape + by_shape).clamp(-furthest, furthest)
        return State(controls, turn, self.place + step[:, count + 3 :], shape)

    def frames(self, which: slice | Tensor) -> State:
        return State(self.controls[which], self.turn[which], self.place[which], self.shape)

    def in_camera(self, upright: Tensor) -> Tensor:
        """(T, n, 3) points (T, n, 3) of the upright head in the camera's axes."""
        return upright @ self.turn.transpose(-1, -2) + self.place[:, None]

    def pixels(self, points: Points, camera: Camera) -> Tensor:
        """(T, n, 2) where points lie in the picture."""
        return camera.project(self.in_camera(points.places(self.controls, self.shape)), self.place)


def begin(points: Points, seen: Tensor, rows: Tensor, camera: Camera) -> State:
    """A face at rest, laid on landmarks (T, N, 3: pixels, and depth as MediaPipe has it) by `rows` that hardly move.

    A similarity (Umeyama, 1991) turns it; the camera's distance follows from the size.
    """
    frames, rest = len(seen), points.rest[rows]
    target = seen[:, rows] * torch.tensor([1.0, -1.0, -1.0])
    middle, other = rest.mean(dim=0), target.mean(dim=1)
    arms = rest - middle
    left, size, right = torch.linalg.svd((target - other[:, None]).transpose(-1, -2) @ arms)
    sign = torch.ones(frames, 3)
    sign[:, 2] = torch.linalg.det(left @ right).sign()
    turn = left * sign[:, None] @ right
    scale = (size * sign).sum(dim=1) / arms.square().sum()  # pixels a metre
    depth = camera.focal / scale.clamp(min=1e-3)
    flat = (other[:, :2] - torch.tensor([camera.centre[0], -camera.centre[1]])) / camera.focal * depth[:, None]
    place = torch.cat([flat, -depth[:, None]], dim=1) - (turn @ middle[:, None])[..., 0]
    return State(torch.zeros(frames, points.controls), turn, place, torch.zeros(len(points.identity)))
