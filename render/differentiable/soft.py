"""Draws in plain torch, on any device: all pixels of all triangles' boxes at once, nearest first."""

from __future__ import annotations

import torch
from torch import Tensor

from render.painting import normals, paint

NOTHING = 1 << 62


__all__ = ["check", "draw", "normals"]


def check() -> None:
    """Works wherever torch does."""


def draw(places: Tensor, colours: Tensor, faces: Tensor, neighbours: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, H, W, K) pictures, differentiable in places and colours; see the package for the arguments."""
    return paint(places, colours, faces, neighbours, visible(places, faces, size))


@torch.no_grad()
def visible(places: Tensor, faces: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, H, W) int64 the nearest face in front at every pixel's centre, -1 for none.

    Depth and number of a face share one integer, so that one minimum finds the nearest face.
    """
    (height, width), (count, _, _) = size, places.shape
    corners = places[:, faces].reshape(-1, 3, 3)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    low = torch.ceil(corners[..., :2].amin(dim=1) - 0.5).clamp(min=0).long()
    high = torch.floor(corners[..., :2].amax(dim=1) - 0.5).long()
    wide = (high[:, 0].clamp(max=width - 1) - low[:, 0] + 1).clamp(min=0)
    tall = (high[:, 1].clamp(max=height - 1) - low[:, 1] + 1).clamp(min=0)
    drawn = ((area < 0) & (wide * tall > 0)).nonzero()[:, 0]  # y goes down, so a front is clockwise in pixels
    a, b, c, area, low, wide, boxed = (v[drawn] for v in (a, b, c, area, low, wide, wide * tall))
    owner = torch.repeat_interleave(torch.arange(len(drawn), device=places.device), boxed)
    within = torch.arange(len(owner), device=places.device) - (boxed.cumsum(0) - boxed)[owner]
    row = torch.div(within, wide[owner], rounding_mode="floor")
    column, row = low[owner, 0] + within - row * wide[owner], low[owner, 1] + row
    # Each weight is a plane over the picture, w = g_x x + g_y y + g: three numbers a triangle instead of six a pixel.
    first = torch.stack([b[:, 1] - c[:, 1], c[:, 0] - b[:, 0], b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]], dim=1)
    second = torch.stack([c[:, 1] - a[:, 1], a[:, 0] - c[:, 0], c[:, 0] * a[:, 1] - c[:, 1] * a[:, 0]], dim=1)
    planes = torch.stack([first, second], dim=1) / area[:, None, None]
    x, y, plane = column.to(places.dtype) + 0.5, row.to(places.dtype) + 0.5, planes[owner]
    share = plane[..., 0] * x[:, None] + plane[..., 1] * y[:, None] + plane[..., 2]
    third = 1.0 - share[:, 0] - share[:, 1]
    inside = ((share >= 0).all(dim=1) & (third >= 0)).nonzero()[:, 0]
    owner, share, third = owner[inside], share[inside], third[inside]
    depth = share[:, 0] * a[owner, 2] + share[:, 1] * b[owner, 2] + third * c[owner, 2]
    nearest, farthest = places[..., 2].min(), places[..., 2].max()
    level = ((depth - nearest) / (farthest - nearest).clamp(min=1e-9) * ((1 << 30) - 1)).double().long()
    face = drawn[owner]
    picture = torch.div(face, len(faces), rounding_mode="floor")
    key = (level << 32) | (face - picture * len(faces))
    pixel = (picture * height + row[inside]) * width + column[inside]
    buffer = torch.full((count * height * width,), NOTHING, dtype=torch.int64, device=places.device)
    buffer.scatter_reduce_(0, pixel, key, "amin")
    return torch.where(buffer == NOTHING, -1, buffer & 0xFFFFFFFF).reshape(count, height, width)
