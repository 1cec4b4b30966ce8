"""Lashes and brows: triangles thinner than a pixel, drawn by how much of each pixel they cover.

With a few samples a pixel they would break into dots that dance when the head moves. So they are kept out of the z-buffer,
lit at their vertices, measured with SAMPLES samples a pixel against what is seen behind them, and laid over the picture.
"""

from __future__ import annotations

import numpy as np

from render.backends import _light as at
from render.backends._raster import Buffers, sample_shifts
from render.backends._shadow import ShadowMap, lit
from render.compiling import compiled
from render.scene import Scene

SAMPLES = 16
ABOVE = 0.0007
"""Metres by which a strand may lie under the skin it grows on and still be seen, on a head of ordinary size."""


@compiled
def collect_vertices(used, mesh, eye, light_matrix, moments, p):
    """Fill the points p of `_light` with the vertices `used` (N,) of the mesh (V, 16), which turn to the eye."""
    for i in range(len(used)):
        vertex = used[i]
        x, y, z = float(mesh[vertex, 0]), float(mesh[vertex, 1]), float(mesh[vertex, 2])
        vx, vy, vz = eye[0] - x, eye[1] - y, eye[2] - z
        p[at.VX + i], p[at.VY + i], p[at.VZ + i] = vx, vy, vz
        front = 1.0 if mesh[vertex, 3] * vx + mesh[vertex, 4] * vy + mesh[vertex, 5] * vz >= 0.0 else -1.0
        for axis in range(3):
            p[at.NX + axis * at.CHUNK + i] = front * mesh[vertex, 3 + axis]
        for field in range(7):  # colour, roughness, specular, subsurface and openness follow each other in both
            p[at.RED + field * at.CHUNK + i] = mesh[vertex, 6 + field]
        p[at.SHADOW + i] = lit(moments, light_matrix, x, y, z)


@compiled
def cover(points, faces, colour, nearness, shifts, bias, strands):
    """Add triangles to strands (H, W, 4): light by share of the pixel, and that share.

    points: (V, 3) pixel x, y and nearness. nearness: (H, W + pad, n) of what is seen without strands. shifts: (SAMPLES,).
    bias: share of its depth by which a strand may lie behind that.
    """
    height, width = strands.shape[0], strands.shape[1]
    samples = nearness.shape[2]
    for row in range(height):
        for column in range(width):
            for channel in range(4):
                strands[row, column, channel] = 0.0
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        if not (points[a, 2] > 0.0 and points[b, 2] > 0.0 and points[c, 2] > 0.0):
            continue
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        left, right, top, bottom = min(ax, bx, cx), max(ax, bx, cx), min(ay, by, cy), max(ay, by, cy)
        if area == 0.0 or right < 0.0 or bottom < 0.0 or left >= width or top >= height:
            continue
        near = (points[a, 2] + points[b, 2] + points[c, 2]) / 3.0 * (1.0 + bias)
        red = (colour[a, 0] + colour[b, 0] + colour[c, 0]) / 3.0
        green = (colour[a, 1] + colour[b, 1] + colour[c, 1]) / 3.0
        blue = (colour[a, 2] + colour[b, 2] + colour[c, 2]) / 3.0
        for row in range(int(max(top, 0.0)), min(int(bottom) + 1, height)):
            for column in range(int(max(left, 0.0)), min(int(right) + 1, width)):
                count = 0
                for sample in range(SAMPLES):
                    x, y = column + shifts[sample], row + (sample + 0.5) / SAMPLES
                    to_a = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
                    to_b = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
                    if to_a >= 0.0 and to_b >= 0.0 and to_a + to_b < 1.0:
                        count += near > nearness[row, column, sample * samples // SAMPLES]
                if count:
                    share = count / SAMPLES
                    strands[row, column, 0] += share * red
                    strands[row, column, 1] += share * green
                    strands[row, column, 2] += share * blue
                    strands[row, column, 3] += share


class Strands:
    """The strands of a scene. `picture` (H, W, 4) float32 holds those of the frame drawn last."""

    def __init__(self, scene: Scene, lighting: at.Lighting) -> None:
        width, height = scene.size
        self.faces, self.lighting = scene.strands, lighting
        self.used = np.unique(self.faces).astype(np.int32)
        self.eye = np.array(scene.camera.position, dtype=np.float64)
        self.bias = ABOVE * scene.scale / scene.camera.distance
        self.shifts = sample_shifts(SAMPLES)
        self.colour = np.zeros((len(scene.rest), 3), dtype=np.float32)
        self.picture = np.zeros((height, width, 4), dtype=np.float32)

    def draw(self, mesh: np.ndarray, points: np.ndarray, seen: Buffers, shadow: ShadowMap) -> None:
        """Draw the strands of the mesh (V, 16), whose vertices are at points (V, 3), over what is seen."""
        if not len(self.faces):
            return
        p = self.lighting.points.reshape(-1, at.CHUNK)
        light, shine = p[at.LIGHT_R // at.CHUNK :][:3], p[at.SHINE_R // at.CHUNK :][:3]
        for start in range(0, len(self.used), at.CHUNK):
            used = self.used[start : start + at.CHUNK]
            collect_vertices(used, mesh, self.eye, shadow.matrix, shadow.moments, self.lighting.points)
            self.lighting.light(len(used))
            self.colour[used] = (light * p[at.RED // at.CHUNK :][:3] + shine)[:, : len(used)].T
        cover(points, self.faces, self.colour, seen.nearness, self.shifts, self.bias, self.picture)
