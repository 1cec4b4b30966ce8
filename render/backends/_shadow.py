"""Soft shadows of the key light: a variance shadow map, blurred once, read with one look per point.

Variance shadow maps after Donnelly & Lauritzen (2006); depth is warped by two exponentials after Lauritzen & McCool (2008):
the one that grows towards the light is right next to empty space, the one that grows away from it is right where two things
cast shadows one behind the other. Each gives an upper bound of the light, the lower one counts.
"""

from __future__ import annotations

import math

import numpy as np

from render.backends._raster import Buffers, project
from render.compiling import compiled, inlined
from render.scene import Scene

TOWARDS = 22.0
"""Exponent of the warp towards the light of depth, which goes from 0 to 1 through the sphere of the scene.

The warp away from the light has half of it, so that one is 1 / sqrt of the other.
"""
LEAK = 0.2
"""Share of the light that counts as leaked and is taken away."""


def light_matrix(scene: Scene) -> np.ndarray:
    """(3, 4) float64: a point in metres becomes texel x, y from the top left and nearness to the key light, 0..1."""
    towards = scene.lights[0].direction(scene.camera)
    right = np.cross([0.0, 1.0, 0.0], towards)
    right /= np.linalg.norm(right)
    up = np.cross(towards, right)
    half = scene.shadow_size / 2.0
    rows = np.stack([right * half, -up * half, towards * 0.5]) / scene.radius
    return np.concatenate([rows, (np.array([half, half, 0.5]) - rows @ scene.centre)[:, None]], axis=1)


def blur_reach(scene: Scene) -> int:
    """Texels over which the map is blurred to each side."""
    return max(1, round(scene.shadow_blur * scene.scale * scene.shadow_size / 2.0 / scene.radius))


@compiled
def _moments(nearness, moments):
    """Fill moments (S, S, 4) with both warps of nearness to the light and their squares."""
    size = moments.shape[0]
    empty = math.exp(-TOWARDS)
    for row in range(size):
        for column in range(size):
            near = math.exp(TOWARDS * (nearness[row, column, 0] - 1.0)) if nearness[row, column, 0] > 0.0 else empty
            far = 1.0 / math.sqrt(near)
            moments[row, column, 0], moments[row, column, 1] = near, near * near
            moments[row, column, 2], moments[row, column, 3] = far, far * far


@compiled
def _blur(source, reach, room, out):
    """Blur source (S, 4 S) over `reach` texels to each side; the border stays as it is (nothing casts there).

    The weights fall off in a straight line. Every sum is made anew: running sums would keep the rounding error of values
    that are huge beside those that follow.
    """
    size, length = source.shape
    share = np.float32(1.0 / (reach + 1))
    low, high = 4 * reach, length - 4 * reach
    for row in range(size):
        into, middle = room[row], source[row]
        inner = reach <= row < size - reach
        for at in range(length):
            into[at] = middle[at] * share if inner else middle[at]
        if inner:
            for step in range(1, reach + 1):
                weight = np.float32((reach + 1 - step) / ((reach + 1) * (reach + 1)))
                above, below = source[row - step], source[row + step]
                for at in range(length):
                    into[at] += weight * (above[at] + below[at])
    for row in range(size):
        into, middle = out[row], room[row]
        for at in range(length):
            into[at] = middle[at] * share if low <= at < high else middle[at]
        for step in range(1, reach + 1):
            weight = np.float32((reach + 1 - step) / ((reach + 1) * (reach + 1)))
            into = out[row, low:high]
            left, right = room[row, low - 4 * step : high - 4 * step], room[row, low + 4 * step : high + 4 * step]
            for at in range(high - low):
                into[at] += weight * (left[at] + right[at])


@inlined
def _bound(mean, square, behind):
    """The most light that can reach a point `behind` the mean (Chebyshev's inequality)."""
    variance = max(square - mean * mean, 2e-6 * square)
    behind = max(behind, 0.0)
    return variance / (variance + behind * behind)


@inlined
def lit(moments, matrix, px, py, pz):
    """Share 0..1 of the light that reaches a point; see `_moments` and `light_matrix`."""
    size = moments.shape[0]
    x = matrix[0, 0] * px + matrix[0, 1] * py + matrix[0, 2] * pz + matrix[0, 3]
    y = matrix[1, 0] * px + matrix[1, 1] * py + matrix[1, 2] * pz + matrix[1, 3]
    nearness = matrix[2, 0] * px + matrix[2, 1] * py + matrix[2, 2] * pz + matrix[2, 3]
    # The border of the map is empty: what lies outside is lit.
    x, y = min(max(x - 0.5, 0.0), size - 1.001), min(max(y - 0.5, 0.0), size - 1.001)
    column, row = int(x), int(y)
    fx, fy = x - column, y - row
    near, near2, far, far2 = 0.0, 0.0, 0.0, 0.0
    for corner in range(4):
        at_y, at_x = row + corner // 2, column + corner % 2
        share = (fx if corner % 2 == 1 else 1.0 - fx) * (fy if corner >= 2 else 1.0 - fy)
        near += share * moments[at_y, at_x, 0]
        near2 += share * moments[at_y, at_x, 1]
        far += share * moments[at_y, at_x, 2]
        far2 += share * moments[at_y, at_x, 3]
    here = math.exp(TOWARDS * (nearness - 1.0))
    light = min(_bound(near, near2, near - here), _bound(far, far2, 1.0 / math.sqrt(here) - far))
    return max(0.0, (light - LEAK) / (1.0 - LEAK))


class ShadowMap:
    """The shadow map of one frame at a time. `moments` (S, S, 4) float32 is what `lit` reads."""

    def __init__(self, scene: Scene) -> None:
        size = scene.shadow_size
        self.matrix = light_matrix(scene)
        self.reach = blur_reach(scene)
        self._points = np.empty((len(scene.rest), 3), dtype=np.float32)
        self._buffers = Buffers((size, size), 1, scene.solid, np.zeros(len(scene.solid), dtype=np.uint8))
        self.moments = np.empty((size, size, 4), dtype=np.float32)
        self._room, self._raw = np.empty_like(self.moments), np.empty_like(self.moments)

    def draw(self, vertices: np.ndarray) -> None:
        """Make the map for vertices (V, 3)."""
        project(vertices, self.matrix, 0.0, self._points)
        self._buffers.fill(self._points)
        self._buffers.remember()
        _moments(self._buffers.nearness, self._raw)
        flat = (len(self.moments), -1)
        _blur(self._raw.reshape(flat), self.reach, self._room.reshape(flat), self.moments.reshape(flat))
