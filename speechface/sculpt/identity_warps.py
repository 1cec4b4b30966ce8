"""Differences between people in bones and soft parts, as smooth movements of space, so that lids and eyeballs stay together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step

Warp = Callable[[np.ndarray], np.ndarray]


def spot(p: np.ndarray, centre: tuple, size: float | tuple) -> np.ndarray:
    """(N,) a bell round a point of the left side and round its mirror image."""
    return bell(np.linalg.norm((_left(p) - centre) / np.asarray(size), axis=1))


def push(p: np.ndarray, weight: np.ndarray, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """(N, 3) a push outwards (both sides), up and forward."""
    side = np.clip(p[:, 0] / 0.6, -1, 1)
    return weight[:, None] * np.stack([x * side, np.full(len(p), y), np.full(len(p), z)], axis=1)


@dataclass(frozen=True)
class Lump:
    """A push with a bell-shaped falloff, which leaves the lips where they are; `size` and the rest in cm."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


def warps(c: Canvas) -> dict[str, Warp]:
    """Every change by name: movement (N, 3) of points (N, 3) at strength 1."""
    m = c.skin.field.proportions
    low, mouth, tip = m.chin_height, m.mouth_height, m.nose_tip_height
    lumps = {
        "jawWidth": Lump((4.6, -6.0, 1.8), (3.0, 3.0, 3.6), x=0.55, y=-0.12),
        "chinForward": Lump((0.0, low + 0.9, 8.4), (2.6, 1.6, 2.4), z=0.45),
        "chinWidth": Lump((1.5, low + 0.8, 7.6), (1.3, 1.2, 2.2), x=0.34),
        "noseWidth": Lump((1.15, tip - 0.5, 9.3), (0.75, 0.9, 1.1), x=0.28),
        "cheekbones": Lump((5.0, -2.0, 5.4), (1.9, 1.3, 2.6), x=0.22, z=0.26),
        "cheekFullness": Lump((4.2, -5.0, 5.2), (2.0, 2.2, 2.8), x=0.34, z=0.14),
        "browRidge": Lump((2.3, 2.1, 8.6), (2.6, 0.85, 1.8), y=-0.10, z=0.30),
        "browHeight": Lump((2.9, 2.5, 8.0), (2.6, 1.0, 2.5), y=0.28),
    }

    def off_lips(p: np.ndarray) -> np.ndarray:
        reach = np.hypot(np.maximum(np.abs(p[:, 0]) - 2.0, 0) / 1.0, (p[:, 1] - mouth) / 1.4)
        return smooth_step(reach - 0.6)

    def lump(shape: Lump) -> Warp:
        return lambda p: push(p, spot(p, shape.centre, shape.size) * off_lips(p), shape.x, shape.y, shape.z)

    def face_width(p: np.ndarray) -> np.ndarray:
        face = smooth_step((p[:, 1] + 12.0) / 2.5) * smooth_step((p[:, 2] + 1.0) / 3.0)
        return push(p, face * smooth_step((np.abs(p[:, 0]) - 1.6) / 4.0) * bell((p[:, 1] + 1.5) / 5.5), x=0.42)

    def jaw_length(p: np.ndarray) -> np.ndarray:
        drop = smooth_step((mouth - 1.1 - p[:, 1]) / 2.2) * smooth_step((p[:, 1] + 14.5) / 3.5)
        return push(p, drop * smooth_step((p[:, 2] - 0.5) / 5.0), y=-0.55)

    def nose(p: np.ndarray) -> np.ndarray:
        return bell(p[:, 0] / 1.7) * smooth_step(p[:, 2] - 8.0) * smooth_step((p[:, 1] - mouth - 0.8) / 0.8)

    def forehead_slope(p: np.ndarray) -> np.ndarray:
        high = smooth_step((p[:, 1] - 3.0) / 4) * bell((p[:, 1] - 7.0) / 4.0)
        return push(p, high * smooth_step(p[:, 2] / 6), z=-0.55)

    def neck_width(p: np.ndarray) -> np.ndarray:
        neck = smooth_step((-6.0 - p[:, 1]) / 4.0) * smooth_step((5.2 - p[:, 2]) / 2.0)
        neck *= smooth_step((p[:, 1] + 24.0) / 6.0)
        return neck[:, None] * np.stack([0.17 * p[:, 0], 0 * p[:, 0], 0.10 * (p[:, 2] + 2.5)], axis=1)

    def bridge(p: np.ndarray) -> np.ndarray:
        return push(p, bell(p[:, 0] / 0.85) * bell((p[:, 1] + 0.2) / 1.7) * smooth_step((p[:, 2] - 7.6) / 0.8), z=0.34)

    return {
        **{name: lump(shape) for name, shape in lumps.items()},
        "faceWidth": face_width,
        "jawLength": jaw_length,
        "noseLength": lambda p: push(p, nose(p) * bell((p[:, 1] - tip + 0.3) / 1.5), y=-0.34),
        "noseTip": lambda p: push(p, nose(p) * bell((p[:, 1] - tip) / 1.1), y=0.10, z=0.36),
        "noseBridge": bridge,
        "mouthWidth": lambda p: push(p, spot(p, (2.4, mouth, 7.9), (1.7, 1.3, 2.2)), x=0.26),
        "foreheadSlope": forehead_slope,
        "neckWidth": neck_width,
        "earSize": _ears,
        **_eyes(c),
    }


def _eyes(c: Canvas) -> dict[str, Warp]:
    """Eyes larger, further apart and oblique: rigid or evenly scaled round the eyeball, fading out in the face."""

    def near(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        half = _left(p) - c.eye
        return half, 1 - smooth_step((np.linalg.norm(half * (1, 1, 0.8), axis=1) - 2.15) / 1.5)

    def size(p: np.ndarray) -> np.ndarray:
        half, weight = near(p)
        return _sided(p, 0.09 * half * weight[:, None])

    def spacing(p: np.ndarray) -> np.ndarray:
        return _sided(p, near(p)[1][:, None] * np.array([0.16, 0, 0]))

    def tilt(p: np.ndarray) -> np.ndarray:
        half, weight = near(p)
        turned = np.column_stack([-half[:, 1], half[:, 0], 0 * half[:, 0]])
        return _sided(p, 0.10 * turned * weight[:, None])

    return {"eyeSize": size, "eyeSpacing": spacing, "eyeTilt": tilt}


def _ears(p: np.ndarray) -> np.ndarray:
    """(N, 3) larger ears that stand off a little."""
    half = _left(p) - (6.6, -1.0, -0.6)
    weight = smooth_step((half[:, 0] + 0.2) / 0.7) * bell(np.linalg.norm(half[:, 1:] / (4.2, 2.6), axis=1) ** 2)
    return _sided(p, weight[:, None] * half * (0.15, 0.12, 0.12))


def _left(p: np.ndarray) -> np.ndarray:
    """Points (N, 3), those of the right side reflected to the left."""
    return np.column_stack([np.abs(p[:, 0]), p[:, 1:]])


def _sided(p: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Movements (N, 3) of reflected points, given back to their own sides."""
    return moves * np.column_stack([np.where(p[:, 0] < 0, -1.0, 1.0), np.ones((len(p), 2))])
