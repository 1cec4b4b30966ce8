"""`Camera`: where a picture is taken from, and the views that frame a head of any size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from speechface.errors import unknown

PORTRAIT_LENS = math.radians(18.5)
"""Vertical field of view of the views: a long portrait lens, which leaves the proportions of a face alone."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera, upright. Positions in metres, `field_of_view` is vertical, in radians."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    field_of_view: float = PORTRAIT_LENS

    @property
    def azimuth(self) -> float:
        """Angle about Y, in radians, from Z (the front of a face) to where the camera stands."""
        return math.atan2(self.position[0] - self.target[0], self.position[2] - self.target[2])

    @property
    def distance(self) -> float:
        """Metres from the camera to what it looks at."""
        return math.dist(self.position, self.target)

    def axes(self) -> np.ndarray:
        """(3, 3) float64, rows: the picture's right and up, and the way back from the target to the camera."""
        back = np.subtract(self.position, self.target) / self.distance
        right = np.cross([0.0, 1.0, 0.0], back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back])

    def view(self) -> np.ndarray:
        """(4, 4) float64 matrix from the world to the camera, which looks along -Z (OpenGL)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes()
        matrix[:3, 3] = -self.axes() @ np.asarray(self.position, dtype=np.float64)
        return matrix

    def projection(self, size: tuple[int, int]) -> np.ndarray:
        """(4, 4) float64 OpenGL perspective matrix for a picture of (width, height) pixels."""
        near, far = self.distance * 0.05, self.distance * 4.0
        scale = 1.0 / math.tan(self.field_of_view / 2.0)
        matrix = np.zeros((4, 4))
        matrix[0, 0], matrix[1, 1] = scale * size[1] / size[0], scale
        matrix[2, 2], matrix[2, 3] = (far + near) / (near - far), 2.0 * far * near / (near - far)
        matrix[3, 2] = -1.0
        return matrix

    def to_pixels(self, size: tuple[int, int]) -> np.ndarray:
        """(3, 4) float64 matrix; a point in metres becomes (x w, y w, w): pixels from the top left, depth in metres."""
        width, height = size
        focal = height / 2.0 / math.tan(self.field_of_view / 2.0)
        view = self.view()
        depth = -view[2]
        return np.stack([focal * view[0] + width / 2.0 * depth, -focal * view[1] + height / 2.0 * depth, depth])


def frame(
    view: str, rest: np.ndarray, landmarks: Mapping[str, int] | None = None, size: tuple[int, int] = (512, 512)
) -> Camera:
    """The camera of a named view on a head at rest.

    view: one of `VIEWS`. rest: (V, 3) metres. landmarks: named vertices; `lm68_*` give the face and the mouth a place,
    without them the bounding box does. Raises `UserError` for an unknown view.
    """
    if view not in VIEWS:
        raise unknown("view", view, VIEWS)
    azimuth, elevation, region = VIEWS[view]
    centre, height, width = region(np.asarray(rest, dtype=np.float64), landmarks or {})
    height = max(height, width * size[1] / size[0])
    distance = height / 2.0 / math.tan(PORTRAIT_LENS / 2.0)
    x, y, z = (float(at) for at in centre)
    away = distance * math.cos(elevation)
    position = (x + away * math.sin(azimuth), y + distance * math.sin(elevation), z + away * math.cos(azimuth))
    return Camera(position, (x, y, z))


def _head(rest: np.ndarray, landmarks: Mapping[str, int]) -> tuple[np.ndarray, float, float]:
    """Centre, height and width in metres of a head with a little of its neck and air round it."""
    low, high = rest.min(axis=0), rest.max(axis=0)
    bottom = low[1]
    if "lm68_08" in landmarks:
        chin = rest[landmarks["lm68_08"], 1]
        bottom = max(low[1], chin - 0.20 * (high[1] - chin))
    near = rest[rest[:, 1] > bottom]
    low, high = near.min(axis=0), near.max(axis=0)
    centre = np.array([(low[0] + high[0]) / 2.0, (bottom + high[1]) / 2.0, (low[2] + high[2]) / 2.0])
    air = 1.09 * (high[1] - bottom)
    return centre, air, 1.08 * float(max(high[0] - low[0], high[2] - low[2]))


def _mouth(rest: np.ndarray, landmarks: Mapping[str, int]) -> tuple[np.ndarray, float, float]:
    """Centre, height and width in metres of the mouth and what moves with it, from nose to chin."""
    lips = [index for name, index in landmarks.items() if name in _LIPS]
    if lips:
        points = rest[lips]
        width = 1.9 * float(np.ptp(points[:, 0]))
        return points.mean(axis=0) + [0.0, -0.06 * width, 0.0], width, width
    low, high = rest.min(axis=0), rest.max(axis=0)
    tall = high[1] - low[1]
    centre = np.array([(low[0] + high[0]) / 2.0, low[1] + 0.38 * tall, high[2]])
    return centre, 0.35 * tall, 0.35 * tall


_LIPS = frozenset(f"lm68_{number}" for number in range(48, 60))

VIEWS = {
    "front": (0.0, 0.0, _head),
    "three_quarter": (math.radians(32.0), math.radians(2.0), _head),
    "profile": (math.radians(90.0), 0.0, _head),
    "mouth": (math.radians(18.0), math.radians(-2.0), _mouth),
}
"""Every view: azimuth and elevation of the camera in radians, and the region it frames."""
