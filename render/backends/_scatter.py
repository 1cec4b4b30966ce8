"""Light that goes into the skin comes out a little farther on, red light the farthest: a blur of diffuse light on the screen.

After Jimenez et al. (2015, "Separable subsurface scattering"), on the coarse grid: what the blur changes is added to the
picture's own diffuse light, so that fine detail stays.
"""

from __future__ import annotations

import numpy as np

from render.backends._occlusion import Coarse
from render.compiling import compiled_single
from render.scene import Scene

SPREAD = np.array([1.0, 0.37, 0.30])
"""Standard deviation of the spread of red, green and blue light against `Scene.scatter_radius`."""
STRENGTH = np.array([0.56, 0.46, 0.42], dtype=np.float32)
"""Share of red, green and blue light that is spread."""
TAPS = 4
"""Samples of the blur on each side."""


def kernel(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (2 TAPS + 1,) int64 in coarse samples and weights (2 TAPS + 1, 3) float32 for a radius in coarse samples."""
    step = max(1.0, 2.0 * radius / TAPS)
    offsets = np.rint(np.arange(-TAPS, TAPS + 1) * step)
    reach = np.maximum(radius * SPREAD, 1e-3)
    weights = np.exp(-0.5 * (offsets[:, None] / reach) ** 2)
    return offsets.astype(np.int64), (weights / weights.sum(axis=0)).astype(np.float32)


@compiled_single
def gather(diffuse, cover, group, coarse, light):
    """Fill light (h, w, 3) with the mean of diffuse (H, W, 3) over the covered pixels of each coarse sample."""
    height, width = group.shape
    for row in range(height):
        for column in range(width):
            if group[row, column] == 0:
                continue
            red, green, blue, count = 0.0, 0.0, 0.0, 0
            for y in range(row * coarse, min(row * coarse + coarse, cover.shape[0])):
                for x in range(column * coarse, min(column * coarse + coarse, cover.shape[1])):
                    if cover[y, x] > 0.0:
                        red += diffuse[y, x, 0]
                        green += diffuse[y, x, 1]
                        blue += diffuse[y, x, 2]
                        count += 1
            scale = 1.0 / np.float32(max(count, 1))
            light[row, column, 0], light[row, column, 1], light[row, column, 2] = (
                red * scale,
                green * scale,
                blue * scale,
            )


@compiled_single
def blur(light, surface, depth, group, offsets, weights, touch, down, out):
    """Blur light (h, w, 3) into out along rows, or along columns if `down` is 1, never across an edge.

    touch: relative difference in depth at which two samples no longer touch.
    """
    height, width = group.shape
    middle, steep = len(offsets) // 2, 1.0 / touch
    for row in range(height):
        for column in range(width):
            if group[row, column] == 0:
                continue
            inverse = 1.0 / depth[row, column]
            own_r, own_g, own_b = light[row, column, 0], light[row, column, 1], light[row, column, 2]
            if surface[row, column, 6] == 0.0:  # light does not go under here, see `subtract`
                out[row, column, 0], out[row, column, 1], out[row, column, 2] = own_r, own_g, own_b
                continue
            red, green, blue = own_r * weights[middle, 0], own_g * weights[middle, 1], own_b * weights[middle, 2]
            for tap in range(len(offsets)):
                if tap == middle:
                    continue
                y = min(max(row + offsets[tap] * down, 0), height - 1)
                x = min(max(column + offsets[tap] * (1 - down), 0), width - 1)
                keep = 0.0
                if group[y, x] == group[row, column]:
                    keep = max(1.0 - abs(depth[y, x] * inverse - 1.0) * steep, 0.0)
                # What an edge keeps out is replaced by the sample's own light.
                red += weights[tap, 0] * (own_r + keep * (light[y, x, 0] - own_r))
                green += weights[tap, 1] * (own_g + keep * (light[y, x, 1] - own_g))
                blue += weights[tap, 2] * (own_b + keep * (light[y, x, 2] - own_b))
            out[row, column, 0], out[row, column, 1], out[row, column, 2] = red, green, blue


@compiled_single
def subtract(blurred, surface, group, strength, light):
    """Replace light (h, w, 3) by `strength` (3,) times what the blur adds to it; 0 where light does not go under."""
    height, width = group.shape
    for row in range(height):
        for column in range(width):
            solid = group[row, column] == 0 or surface[row, column, 6] == 0.0
            for channel in range(3):
                more = blurred[row, column, channel] - light[row, column, channel]
                light[row, column, channel] = 0.0 if solid else strength[channel] * more


class Scatter:
    """What scattering under the skin adds to the diffuse light of one frame at a time: `change` (h, w, 3) float32."""

    def __init__(self, scene: Scene, coarse: Coarse) -> None:
        radius, distance = scene.scatter_radius * scene.scale, scene.camera.distance
        self._touch = np.float32(2.5 * radius / distance)
        self._offsets, self._weights = kernel(radius * coarse.focal / distance)
        self.change, self._half, self._blurred = (
            np.zeros((*coarse.group.shape, 3), dtype=np.float32) for _ in range(3)
        )

    def draw(self, diffuse: np.ndarray, cover: np.ndarray, coarse: Coarse) -> None:
        """Scatter diffuse light (H, W, 3) of pixels covered by cover (H, W)."""
        gather(diffuse, cover, coarse.group, coarse.side, self.change)
        fixed = (coarse.surface, coarse.depth, coarse.group, self._offsets, self._weights, self._touch)
        blur(self.change, *fixed, 0, self._half)
        blur(self._half, *fixed, 1, self._blurred)
        subtract(self._blurred, coarse.surface, coarse.group, STRENGTH, self.change)
