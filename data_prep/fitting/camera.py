"""`Camera`: a pinhole at the origin that looks along -Z with Y up, as `render.camera` has it, and its derivatives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Camera:
    """focal: pixels. centre: (x, y) pixels. weak: everything is as far away as the head's place."""

    focal: float
    centre: tuple[float, float]
    weak: bool = False

    @staticmethod
    def of(size: tuple[int, int], field_of_view: float, weak: bool = False) -> Camera:
        """The camera of pictures of (width, height) pixels with a vertical field of view in radians."""
        return Camera(size[1] / 2.0 / math.tan(field_of_view / 2.0), (size[0] / 2.0, size[1] / 2.0), weak)

    def project(self, points: Tensor, place: Tensor) -> Tensor:
        """(..., n, 2) pixels, x right and y down, of points (..., n, 3) in the camera's axes, the head at place (..., 3)."""
        depth = -place[..., None, 2:] if self.weak else -points[..., 2:]
        flat = self.focal * points[..., :2] / depth.clamp(min=1e-3)
        return flat * torch.tensor([1.0, -1.0]) + torch.tensor(self.centre)

    def slopes(self, points: Tensor, place: Tensor) -> Tensor:
        """(..., n, 2, 3) derivatives of the pixels by the points."""
        depth = (-place[..., None, 2] if self.weak else -points[..., 2]).clamp(min=1e-3)
        depth = depth.expand(points.shape[:-1])
        flat = points[..., :2] / depth[..., None]
        zero = torch.zeros_like(depth)
        deep = torch.zeros_like(flat) if self.weak else flat
        rows = torch.stack(
            [torch.stack([1.0 + zero, zero, deep[..., 0]], -1), -torch.stack([zero, 1.0 + zero, deep[..., 1]], -1)], -2
        )
        return self.focal / depth[..., None, None] * rows

    def slopes_by_place(self, points: Tensor, place: Tensor) -> Tensor:
        """(..., n, 2, 3) derivatives of the pixels by the head's place."""
        slopes = self.slopes(points, place)
        if self.weak:
            depth = (-place[..., None, 2]).clamp(min=1e-3)
            toward = self.focal * points[..., :2] / depth[..., None] ** 2 * torch.tensor([1.0, -1.0])
            slopes = torch.cat([slopes[..., :2], toward[..., None]], dim=-1)
        return slopes
