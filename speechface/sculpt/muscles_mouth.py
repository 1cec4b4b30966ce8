"""Muscles that pull the mouth about: zygomatic, depressors, risorius, buccinator, levators, mentalis.

Where a pull is the same at both lips, they stay closed; where it is only for one lip, the mouth opens.
"""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.muscles_cheeks import crows_feet, nasolabial
from speechface.sculpt.muscles_eyes import pull_lids


def mouth_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What every control of the mouth's corners and of the lips' lifting at 1 does (V, 3), left side and middle."""
    return {
        "mouthSmileLeft": c.seal(_smile(c)),
        "mouthFrownLeft": c.seal(_frown(c)),
        "mouthStretchLeft": c.seal(_stretch(c)),
        "mouthDimpleLeft": c.seal(_dimple(c)),
        "mouthLeft": c.seal(_aside(c)),
        "mouthUpperUpLeft": _upper_up(c),
        "mouthLowerDownLeft": _lower_down(c),
        "mouthShrugUpper": _shrug_upper(c),
        "mouthShrugLower": _shrug_lower(c),
    }


def _half_lip(c: Canvas, power: float = 0.8) -> np.ndarray:
    """(V,) along the lips: from nothing right of the middle over the left half to nothing in the corner."""
    return smooth_step((c.x + 1.3) / 2.6) * np.clip(1 - (c.x / (c.corner[0] + 0.25)) ** 2, 0, 1) ** power


def _smile(c: Canvas) -> np.ndarray:
    pull = c.pull_corner((0.80, 0.72, -0.46), 3.1)
    thin = np.where(c.lip & (c.inside == 0), -0.16 * (c.y - c.contact_height), 0.0) * c.left
    pull += np.stack([0 * thin, thin + 0.05 * c.near_mouth(1.6) * c.left, -0.05 * c.near_mouth(1.6) * c.left], axis=1)
    cheek = c.bump(
        (4.1, -3.2, 6.4), (2.0, 1.6, 2.5), (0.12, 0.42, 0.30), smooth_step(c.x / 1.5) * ~c.lip * (c.lid_out > 0.4)
    )
    out = c.smooth(pull + cheek, 2) + nasolabial(c, 0.12, 0.10) + crows_feet(c, 0.02)
    return out + pull_lids(c, -0.03, 0.09)


def _frown(c: Canvas) -> np.ndarray:
    pull = c.pull_corner((0.05, -0.68, -0.12), 2.7)
    pull += c.bump((2.6, -8.0, 7), (1.5, 1.2, 2), (0.05, -0.18, 0.12), smooth_step(c.x) * ~c.lip)
    middle = c.near_mouth(1.8) * smooth_step((c.x + 1.2) / 2.4) * np.clip(1 - (c.x / c.corner[0]) ** 2, 0, 1)
    pull += middle[:, None] * np.array([0, 0.10, 0.08])
    return c.smooth(pull, 2) + c.fold(((2.75, -6.3), (3.05, -7.0), (3.0, -7.9)), 0.08, 0.2, 0.05)


def _stretch(c: Canvas) -> np.ndarray:
    pull = c.pull_corner((0.80, -0.22, -0.45), 2.9)
    return c.smooth(pull, 2) + c.bump((3.6, -7.6, 6.0), (1.6, 1.6, 2.2), (0.14, -0.16, 0.0), (c.x > 0) & ~c.lip)


def _dimple(c: Canvas) -> np.ndarray:
    return c.smooth(c.pull_corner((0.28, 0.06, -0.36), 2.0), 2) + nasolabial(c, 0.05, 0.06)


def _aside(c: Canvas) -> np.ndarray:
    fade = c.near_mouth(3.2) * np.clip(1 - (c.x / 5.5) ** 2, 0, 1)
    pull = (fade * c.wall_fade**0.5)[:, None] * np.array([0.75, 0, 0])
    pull[:, 2] -= 0.035 * c.x * c.near_mouth(3.2)
    return c.smooth(c.slide(pull, ~c.lip, highest=0.0), 2)


def _upper_up(c: Canvas) -> np.ndarray:
    lift = c.near_mouth(2.6) * smooth_step((c.side + 0.25) / 0.9) * _half_lip(c)
    out = lift[:, None] * np.array([0.04, 0.60, 0.08])
    out += c.bump((1.15, -3.6, 9.2), (0.8, 0.7, 1.2), (0.05, 0.14, 0), ~c.lip)
    return c.smooth(out, 2) + nasolabial(c, 0.08, 0.07)


def _lower_down(c: Canvas) -> np.ndarray:
    pull = c.near_mouth(2.5) * smooth_step((0.25 - c.side) / 0.9) * _half_lip(c)
    return c.smooth(pull[:, None] * np.array([0.07, -0.66, 0.08]), 2)


def _shrug_upper(c: Canvas) -> np.ndarray:
    fade = smooth_step((c.side + 0.25) / 0.9) * np.clip(1 - (c.x / 2.4) ** 2, 0, 1)
    out = (c.near_mouth(2.4) * fade)[:, None] * np.array([0, 0.22, 0]) + (c.near_mouth(1.8) * fade)[:, None] * np.array(
        [0, 0, 0.2]
    )
    return c.symmetric(c.smooth(out, 2))


def _shrug_lower(c: Canvas) -> np.ndarray:
    lower = smooth_step((0.25 - c.side) / 0.9)
    near = bell(np.minimum(c.mouth_out, 1.5) / 0.45)
    fade = np.clip(1 - (c.x / 2.7) ** 2, 0, 1)
    up = 0.36 * c.near_mouth(2.8) * fade * np.maximum(lower, near)
    out = 0.22 * c.near_mouth(1.8) * np.clip(1 - (c.x / 2.4) ** 2, 0, 1) * (0.35 + 0.65 * lower)
    deltas = np.stack([0 * up, up, out], axis=1) * (c.wall_fade**3)[:, None]
    deltas = c.seal(c.smooth(deltas, 2))
    chin = c.bump((0, -9.4, 8.6), (1.6, 1.0, 2), (0, 0.28, 0.05), ~c.in_mouth | (c.mouth_out > 0.3))
    return c.symmetric(deltas + c.smooth(chin, 2))
