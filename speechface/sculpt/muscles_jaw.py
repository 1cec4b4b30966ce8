"""Movements of the jaw beside its opening, of the throat and of the neck."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step

SIDEWAYS, FORWARD = 0.75, 0.5
"""How far the chin goes for jawLeft and jawForward at 1 (cm)."""


def jaw_shift(name: str) -> np.ndarray:
    """(3,) how jawLeft, jawRight or jawForward at 1 moves what the jaw carries (cm)."""
    shifts = {"jawLeft": (SIDEWAYS, 0, 0), "jawRight": (-SIDEWAYS, 0, 0), "jawForward": (0, 0, FORWARD)}
    return np.array(shifts[name], dtype=float)


def jaw_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What the jaw's shifts and the opening do to the skin beside the joint's rotation (V, 3)."""
    hollow = -0.10 * bell(np.linalg.norm((c.skin.vertices - (4.4, -5.6, 5.0)) / (1.6, 2.4, 2.2), axis=1))
    narrow = c.pull_corner((-0.24, 0.04, 0.05), 2.4)
    opening = c.smooth((hollow * (c.x > 0))[:, None] * c.skin.normals + narrow, 3)
    return {
        "jawOpen": opening + c.skin.reflect(opening),
        "jawLeft": c.seal((c.jaw * (0.4 + 0.6 * c.wall_fade))[:, None] * jaw_shift("jawLeft")),
        "jawForward": c.seal(c.jaw[:, None] * jaw_shift("jawForward")),
    }


def neck_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What swallowing and the platysma at 1 do (V, 3)."""
    front = smooth_step((c.z + 1.5) / 2.0) * ~c.in_mouth
    up = c.bump((0, -12.6, 1.3), (1.5, 1.5, 2.4), (0, 0.60, 0.16), front)
    up += c.bump((0, -10.0, 3.0), (2.2, 0.9, 3.0), (0, -0.14, 0.0), front)
    bands = np.zeros(c.skin.count)
    for start, end in (((1.6, -10.6), (1.2, -16.0)), ((3.3, -9.8), (3.4, -16.0)), ((4.6, -9.2), (5.0, -16.0))):
        middle = np.interp(c.y, [end[1], start[1]], [end[0], start[0]])
        bands += 0.16 * bell((c.x - middle) / 0.38)
    fade = smooth_step((-9.6 - c.y) / 1.6) * smooth_step((c.y + 17.5) / 2) * (c.x > 0) * smooth_step(c.z + 2.5)
    tense = (bands * fade)[:, None] * c.skin.normals
    tense += c.pull_corner((0.10, -0.16, -0.05), 2.2)
    tense += c.bump((3.0, -8.6, 5.5), (1.8, 1.5, 2.2), (0.05, -0.16, 0.0), (c.x > 0) & ~c.lip)
    return {"throatSwallow": c.symmetric(c.smooth(up, 2)), "neckTenseLeft": c.seal(c.smooth(tense, 1))}
