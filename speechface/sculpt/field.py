"""The head as a signed distance field: smooth unions of ellipsoids and rods, placed by `Proportions`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from speechface.sculpt.curves import sample
from speechface.sculpt.distance import capsule, ellipsoid, rotation, smooth_cut, smooth_step, smooth_union
from speechface.sculpt.proportions import Proportions


@dataclass(frozen=True)
class Field:
    """Signed distance to the skin, without ears and without the lips' own relief; mirror-symmetric in X."""

    proportions: Proportions = field(default_factory=Proportions)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Distance (N,) of points (N, 3); negative inside; true near the skin, a bound further away."""
        half = np.array(points, dtype=float)
        half[:, 0] = np.sqrt(half[:, 0] ** 2 + 1e-4)
        face = self._skull(half)
        face = self._jaw(face, half)
        face = self._soft_tissue(face, half)
        face = self._orbits(face, half)
        face = self._nose(face, half)
        return self._neck(face, half)

    def _skull(self, p: np.ndarray) -> np.ndarray:
        m = self.proportions
        wide, top = m.head_breadth / 2, m.crown_height
        d = ellipsoid(p, (0, top - 8.0, -0.9), (wide, 8.0, m.head_length / 2 - 0.8))
        d = smooth_union(d, ellipsoid(p, (0, 4.2, 2.4), (5.9, 5.2, 6.6)), 2.0)
        d = smooth_union(d, ellipsoid(p, (0, -1.6, 2.2), (5.5, 5.6, 6.1)), 2.0)
        cheek = m.face_breadth / 2
        d = smooth_union(d, ellipsoid(p, (cheek - 2.45, -2.0, 4.85), (1.85, 1.25, 2.0)), 2.2)
        d = smooth_union(d, capsule(p, (cheek - 1.4, -1.8, 3.5), (cheek - 0.65, -1.4, -0.4), 0.5, 0.4), 2.4)
        return smooth_union(d, capsule(p, (0.3, 2.0, 8.1), (4.4, 2.4, 5.9), 0.45, 0.7), 2.0)

    def mandible(self, count: int = 13) -> np.ndarray:
        """(count, 4) along the jaw bone from the left hinge round the angle to the middle of the chin: X, Y, Z, radius."""
        m = self.proportions
        side, low, front = m.jaw_breadth / 2, m.chin_height, m.chin_depth
        line = (
            (side + 0.45, -2.0, 0.1, 0.80),
            (side - 0.15, -4.2, 0.6, 0.85),
            (side - 0.70, -5.9, 1.7, 0.85),
            (side - 1.55, low + 2.75, 4.0, 0.85),
            (side - 2.45, low + 1.72, 5.8, 0.90),
            (1.05, low + 1.22, front - 1.95, 0.95),
            (0.0, low + 1.10, front - 1.72, 0.98),
        )
        return sample(np.array(line), count)

    def _jaw(self, d: np.ndarray, p: np.ndarray) -> np.ndarray:
        rods = (capsule(p, one[:3], two[:3], one[3], two[3]) for one, two in pairwise(self.mandible()))
        d = smooth_union(d, np.minimum.reduce(list(rods)), 2.6)
        return smooth_union(d, ellipsoid(p, (0, self.proportions.chin_height + 3.2, 4.2), (2.3, 1.7, 3.6)), 2.4)

    def _soft_tissue(self, d: np.ndarray, p: np.ndarray) -> np.ndarray:
        m = self.proportions
        d = smooth_union(d, ellipsoid(p, (0, m.mouth_height + 0.15, 6.4), (2.8, 2.5, 2.75)), 1.8)
        d = smooth_union(d, ellipsoid(p, (3.0, -4.2, 5.4), (2.2, 2.2, 2.0)), 2.0)
        d = smooth_union(d, ellipsoid(p, (2.8, -5.8, 3.9), (1.5, 1.9, 2.2)), 2.2)
        d = smooth_union(d, ellipsoid(p, (m.jaw_breadth / 2 - 0.1, -4.0, 1.7), (1.0, 2.3, 1.7)), 2.0)  # masseter
        d = smooth_cut(d, ellipsoid(p, (0, m.mouth_height - 1.72, 9.6), (1.6, 0.45, 0.7)), 1.1)
        return smooth_cut(d, ellipsoid(p, (7.9, 1.8, 4.6), (1.0, 1.8, 1.8)), 1.6)

    def _orbits(self, d: np.ndarray, p: np.ndarray) -> np.ndarray:
        m = self.proportions
        d = smooth_cut(d, ellipsoid(p, (m.pupil_distance / 2, 0.3, 9.15), (2.15, 1.25, 1.85)), 1.5)
        ball = np.linalg.norm(p - (m.pupil_distance / 2, 0.0, m.eyeball_depth), axis=1)
        return smooth_union(d, ball - m.eyeball_radius - m.lid_thickness, 0.85)

    def _nose(self, d: np.ndarray, p: np.ndarray) -> np.ndarray:
        m = self.proportions
        tip, depth, base, wing = m.nose_tip_height, m.nose_tip_depth, m.nose_base_height, m.nose_breadth / 2
        n = capsule(p, (0, m.nasion_height + 0.5, 8.0), (0, tip + 0.7, depth - 1.1), 0.5, 0.48)
        n = smooth_union(n, ellipsoid(p, (0, tip, depth - 0.70), (0.64, 0.62, 0.70)), 0.7)
        n = smooth_union(n, ellipsoid(p, (wing - 0.60, tip - 0.42, 9.1), (0.43, 0.47, 0.82), rotation("y", -20)), 0.34)
        n = smooth_union(n, capsule(p, (0, tip - 0.50, depth - 0.82), (0, base + 0.05, 9.1), 0.30, 0.33), 0.4)
        n = smooth_union(n, ellipsoid(p, (0.45, -1.6, 8.2), (0.68, 2.0, 1.0)), 0.9)
        d = smooth_union(d, n, 0.75)
        return smooth_cut(d, capsule(p, (0, base - 0.25, 9.66), (0, m.mouth_height + 0.85, 9.8), 0.24, 0.32), 0.6)

    def _neck(self, d: np.ndarray, p: np.ndarray) -> np.ndarray:
        wide = self.proportions.neck_breadth / 2
        n = capsule(p, (0, -5, -2.0), (0, -13, -3.2), wide - 0.35, wide - 0.6)
        n = smooth_union(n, capsule(p, (0, -13, -3.2), (0, -24, -4.8), wide - 0.6, wide + 1.6), 1.5)
        n = smooth_union(n, capsule(p, (5.0, -3.2, -1.8), (1.0, -17, 1.3), 0.5, 0.6), 2.2)
        return smooth_union(d, n, 1.8)

    def gradient(self, points: np.ndarray, step: float = 0.02) -> np.ndarray:
        """Unit outward normal (N, 3) by four samples on a tetrahedron."""
        corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], dtype=float)
        out = sum(corner * self(points + step * corner)[:, None] for corner in corners)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)

    def project(self, points: np.ndarray, steps: int = 2, level: float | np.ndarray = 0.0) -> np.ndarray:
        """Points (N, 3) moved along the gradient onto the surface of distance `level`."""
        for _ in range(steps):
            points = points - self.gradient(points) * np.clip(self(points) - level, -0.4, 0.4)[:, None]
        return points

    def cast(self, origins: np.ndarray, directions: np.ndarray, start: float = 22.0, steps: int = 80) -> np.ndarray:
        """(N, 3) where rays out of the head, followed inwards from `start`, first meet the skin."""
        far = np.full(len(origins), float(start))
        for _ in range(steps):
            far = np.maximum(far - np.clip(0.75 * self(origins + directions * far[:, None]), -0.5, 3.0), 0.05)
        return origins + directions * far[:, None]

    def depth(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Z (N,) of the skin seen from the front at X, Y (N,)."""
        origins = np.stack([x, y, np.zeros_like(x)], axis=1)
        return self.cast(origins, np.tile([0.0, 0.0, 1.0], (len(x), 1)))[:, 2]


def half_weight(x: np.ndarray, width: float) -> np.ndarray:
    """Share of the left side (N,) at X (N,): 0 on the right, 1 on the left, smooth over 2 `width`; the two sum to 1."""
    return smooth_step(0.5 + 0.5 * x / width)
