"""Ambient occlusion from what is on the screen, on a grid coarser than the picture.

The estimator is the Alchemy one (McGuire et al. 2011), with a pattern that repeats every 4 x 4 samples and a blur over just
that pattern: no noise that could flicker.
"""

from __future__ import annotations

import math

import numpy as np

from render.backends._raster import FACE, Buffers
from render.backends._shadow import ShadowMap, lit
from render.backends._surface import barycentric
from render.compiling import compiled, compiled_single
from render.scene import Scene

TAPS = 9
PATTERN = 4
TOUCH = 0.012
"""Relative difference in depth up to which two samples belong together."""


def tap_offsets() -> np.ndarray:
    """(16, TAPS, 2) float32 offsets in a unit disk, a spiral turned and pushed a little for each place of the pattern."""
    place = np.arange(PATTERN * PATTERN)
    order = (place * 7) % 16
    turn = order[:, None] * (2.0 * math.pi / 16.0) + np.arange(TAPS)[None, :] * 2.399963
    radius = (np.arange(TAPS)[None, :] + 0.35 + order[:, None] / 32.0) / TAPS
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=2).astype(np.float32)


@compiled_single
def sample_surface(mesh, points, faces, part, nearness, label, places, coarse, surface, depth, group):
    """Fill surface (h, w, 7): position, normal, subsurface; depth (h, w): nearness; group (h, w) uint8: 1 + part, 0 if empty.

    One value for each coarse x coarse pixels, from the sample in their middle.
    """
    height, width = group.shape
    middle = len(places) // 2
    at_x, at_y = places[middle, 0], places[middle, 1]
    for row in range(height):
        for column in range(width):
            y = min(row * coarse + coarse // 2, label.shape[0] - 1)
            x = min(column * coarse + coarse // 2, label.shape[1] - 1)
            group[row, column] = 0
            depth[row, column] = 0.0
            near = nearness[y, x, middle]
            if near == 0.0:
                continue
            face = label[y, x, middle] & FACE
            a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
            wa, wb, wc, front = barycentric(points, a, b, c, np.float32(x) + at_x, np.float32(y) + at_y)
            nx = wa * mesh[a, 3] + wb * mesh[b, 3] + wc * mesh[c, 3]
            ny = wa * mesh[a, 4] + wb * mesh[b, 4] + wc * mesh[c, 4]
            nz = wa * mesh[a, 5] + wb * mesh[b, 5] + wc * mesh[c, 5]
            scale = front / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20)
            for axis in range(3):
                surface[row, column, axis] = wa * mesh[a, axis] + wb * mesh[b, axis] + wc * mesh[c, axis]
            surface[row, column, 3] = nx * scale
            surface[row, column, 4] = ny * scale
            surface[row, column, 5] = nz * scale
            depth[row, column] = near
            surface[row, column, 6] = wa * mesh[a, 11] + wb * mesh[b, 11] + wc * mesh[c, 11]
            group[row, column] = part[a] + 1


@compiled_single
def occlude(surface, depth, group, offsets, radius, reach, raw, out):
    """Fill out (h, w) with how open each sample is to the sky, 0..1.

    radius: metres within which things occlude; reach: the same in samples at nearness 1; raw (h, w) is room to work in.
    """
    height, width = group.shape
    limit = 1.0 / (radius * radius)
    bias = 0.02 * radius
    for row in range(height):
        for column in range(width):
            if group[row, column] == 0:
                continue
            x, y, z = surface[row, column, 0], surface[row, column, 1], surface[row, column, 2]
            nx, ny, nz = surface[row, column, 3], surface[row, column, 4], surface[row, column, 5]
            spread = reach * depth[row, column]
            place = (row % PATTERN) * PATTERN + column % PATTERN
            total, middle_x, middle_y = 0.0, np.float32(column) + 0.5, np.float32(row) + 0.5
            for tap in range(TAPS):
                at_x = min(max(int(middle_x + spread * offsets[place, tap, 0]), 0), width - 1)
                at_y = min(max(int(middle_y + spread * offsets[place, tap, 1]), 0), height - 1)
                solid = np.float32(min(group[at_y, at_x], 1))
                dx, dy, dz = surface[at_y, at_x, 0] - x, surface[at_y, at_x, 1] - y, surface[at_y, at_x, 2] - z
                square = dx * dx + dy * dy + dz * dz
                fade = max(1.0 - square * limit, 0.0)
                rise = max(dx * nx + dy * ny + dz * nz - bias, 0.0)
                total += solid * fade * rise / math.sqrt(square + bias * bias)  # branches would cost more
            raw[row, column] = max(0.0, 1.0 - 2.6 / np.float32(TAPS) * total)
    for row in range(height):
        for column in range(width):
            if group[row, column] == 0:
                continue
            nearest, farthest = depth[row, column] * (1.0 + TOUCH), depth[row, column] * (1.0 - TOUCH)
            total, weight = 0.0, 0.0
            for at_y in range(max(row - 2, 0), min(row + 2, height)):
                for at_x in range(max(column - 2, 0), min(column + 2, width)):
                    near = depth[at_y, at_x]
                    same = (group[at_y, at_x] == group[row, column]) & (farthest < near) & (near < nearest)
                    total += raw[at_y, at_x] if same else 0.0
                    weight += 1.0 if same else 0.0
            out[row, column] = total / weight if weight > 0.0 else raw[row, column]


@compiled
def receive(surface, group, matrix, moments, push, out):
    """Fill out (h, w) with the share of the first lamp's light that arrives at each sample; see `_shadow.lit`.

    push: metres by which samples are moved off the surface first, so that it casts no shadow on itself.
    """
    for row in range(group.shape[0]):
        for column in range(group.shape[1]):
            if group[row, column] != 0:
                out[row, column] = lit(
                    moments,
                    matrix,
                    surface[row, column, 0] + push * surface[row, column, 3],
                    surface[row, column, 1] + push * surface[row, column, 4],
                    surface[row, column, 2] + push * surface[row, column, 5],
                )


class Coarse:
    """What is seen, and what light comes to it, on a grid of one sample for each side x side pixels.

    surface (h, w, 7), depth and group (h, w) are what `sample_surface` fills; openness to the sky and arriving, the share
    of the first lamp's light, both (h, w), are 0..1. Shadows are soft enough for this grid.
    """

    def __init__(self, scene: Scene) -> None:
        width, height = scene.size
        self.side = scene.coarse
        self.faces, self.part = scene.solid, np.ascontiguousarray(scene.look.part, dtype=np.uint8)
        grid = (-(-height // self.side), -(-width // self.side))
        self.surface, self.group = np.zeros((*grid, 7), dtype=np.float32), np.zeros(grid, dtype=np.uint8)
        self.depth = np.zeros(
            grid, dtype=np.float32
        )  # apart from the surface, because neighbours are asked for it alone
        self.openness, self._raw = np.ones(grid, dtype=np.float32), np.ones(grid, dtype=np.float32)
        self.arriving = np.ones(grid, dtype=np.float32)
        self._push = 0.4 * scene.shadow_blur * scene.scale
        self.focal = height / 2.0 / math.tan(scene.camera.field_of_view / 2.0) / self.side
        self._taps, self._radius = tap_offsets(), scene.occlusion_radius * scene.scale

    def draw(self, mesh: np.ndarray, points: np.ndarray, seen: Buffers, shadow: ShadowMap) -> None:
        """Sample what is seen of the mesh (V, 16), whose vertices are at points (V, 3) on the screen, in a shadow map."""
        fixed = (seen.nearness, seen.label, seen.places, self.side)
        sample_surface(mesh, points, self.faces, self.part, *fixed, self.surface, self.depth, self.group)
        receive(self.surface, self.group, shadow.matrix, shadow.moments, self._push, self.arriving)
        reach = (np.float32(self._radius), np.float32(self._radius * self.focal))
        occlude(self.surface, self.depth, self.group, self._taps, *reach, self._raw, self.openness)
