"""A point on a triangle from its place on the screen, and reading values kept on a coarser grid."""

from __future__ import annotations

import numpy as np

from render.compiling import inlined_single


@inlined_single
def barycentric(points, a, b, c, x, y):
    """Weights of the corners a, b, c at pixel x, y, right in perspective; and 1 or -1 as front or back shows.

    points: (V, 3) pixel x, y and nearness. The place is moved onto the triangle if it lies a little outside.
    """
    ax, ay = points[a, 0] - x, points[a, 1] - y
    bx, by = points[b, 0] - x, points[b, 1] - y
    cx, cy = points[c, 0] - x, points[c, 1] - y
    wa, wb, wc = bx * cy - cx * by, cx * ay - ax * cy, ax * by - bx * ay
    front = 1.0 if wa + wb + wc < 0.0 else -1.0
    wa = max(-wa * front, 0.0) * points[a, 2] + 1e-30
    wb = max(-wb * front, 0.0) * points[b, 2]
    wc = max(-wc * front, 0.0) * points[c, 2]
    scale = 1.0 / (wa + wb + wc)
    return wa * scale, wb * scale, wc * scale, front


@inlined_single
def _same(depth, group, kind, inverse, row, column):
    """1 where a coarse sample lies on the surface asked for, falling to 0 as it is nearer or farther away, else 0."""
    if group[row, column] != kind:
        return 0.0
    return max(1.0 - abs(depth[row, column] * inverse - 1.0) * 80.0, 0.0)


@inlined_single
def read_coarse(openness, arriving, depth, group, kind, near, x, y):
    """Two values kept on the coarse grid, (h, w), at x, y in its samples: bilinear, from samples of the same surface only.

    kind: 1 + part of the surface, near: its nearness. Where no sample round it fits, the place is taken as open, 1, and the
    light that arrives as unknown, -1.
    """
    height, width = group.shape
    x, y = max(x - 0.5, 0.0), max(y - 0.5, 0.0)
    left, top = int(x), int(y)
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    fx, fy = x - np.float32(left), y - np.float32(top)
    inverse = 1.0 / near
    a = _same(depth, group, kind, inverse, top, left) * (1.0 - fx) * (1.0 - fy)
    b = _same(depth, group, kind, inverse, top, right) * fx * (1.0 - fy)
    c = _same(depth, group, kind, inverse, bottom, left) * (1.0 - fx) * fy
    d = _same(depth, group, kind, inverse, bottom, right) * fx * fy
    weight = a + b + c + d
    if weight < 1e-3:
        return 1.0, -1.0
    inverse = 1.0 / weight
    return (
        (a * openness[top, left] + b * openness[top, right] + c * openness[bottom, left] + d * openness[bottom, right])
        * inverse,
        (a * arriving[top, left] + b * arriving[top, right] + c * arriving[bottom, left] + d * arriving[bottom, right])
        * inverse,
    )
