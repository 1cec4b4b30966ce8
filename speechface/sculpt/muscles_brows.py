"""Muscles of the forehead: frontalis lifts the brows and wrinkles the forehead, corrugator and procerus draw them down."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.field import half_weight
from speechface.sculpt.muscles_eyes import pull_lids

WRINKLES = (3.55, 4.35, 5.15, 5.9)
"""Heights of the forehead's lines (cm)."""


def forehead_lines(c: Canvas, depth: float, across: np.ndarray) -> np.ndarray:
    """(V, 3) horizontal folds with rolls between them, on the left half of the forehead; `across` (V,) fades them out."""
    bow = 0.35 * bell((c.x - 2.6) / 1.6)  # lines arch over the brows
    height = c.y - bow
    wave = np.zeros(c.skin.count)
    for line in WRINKLES:
        wave -= bell((height - line) / 0.13)
    wave += 0.75 * bell((height - np.mean(WRINKLES)) / 1.35) * np.cos(2 * np.pi * (height - WRINKLES[0]) / 0.8 + np.pi)
    fade = smooth_step((height - 2.9) / 0.6) * (1 - smooth_step((height - 6.2) / 0.5))
    return (depth * wave * across * fade * (c.z > 3))[:, None] * c.skin.normals


def brow_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What every brow control of the left side at 1 does (V, 3)."""
    over = (c.y > 1.2) & (c.lid_out > 0.6)
    lid = smooth_step((c.lid_out - 0.12) / 0.42)[:, None]
    middle = smooth_step((c.x + 0.55) / 1.1)

    inner = c.bump((1.25, 2.3, 9.0), (2.0, 2.0, 3.5), (-0.06, 0.86, 0.0), middle)
    inner += c.bump((1.2, 1.55, 8.8), (0.9, 0.6, 2.0), (0, 0, 0.06), middle)
    inner = c.smooth(c.slide(inner * lid, over), 3) + forehead_lines(
        c, 0.075, half_weight(c.x, 0.9) * (1 - smooth_step((c.x - 2.4) / 1.3))
    )

    outer = c.bump((4.1, 2.5, 7.5), (2.2, 1.9, 3.5), (0.03, 0.78, 0.0), smooth_step(c.x))
    outer = c.smooth(c.slide(outer * lid, over), 3) + forehead_lines(
        c, 0.062, smooth_step((c.x - 1.6) / 1.0) * (1 - smooth_step((c.x - 5.0) / 1.2))
    )

    left = smooth_step((c.x + 0.25) / 0.7)
    down = c.bump((2.0, 2.05, 8.5), (2.2, 1.45, 3), (-0.24, -0.64, 0.12), left * smooth_step((c.y - 0.3) / 1.3))
    down += c.bump((0.75, 1.75, 9), (0.7, 1.2, 2), (-0.15, -0.13, 0.12), left)
    inward = smooth_step(c.x / 1.7)  # nothing is pulled past the middle
    down[:, 0] *= inward
    down *= np.where(c.lid_out < 0.5, 0.35 + 0.65 * smooth_step((c.lid_out - 0.2) / 0.3), 1.0)[:, None]
    down = c.smooth(down, 3) + c.fold(((0.42, 0.95), (0.52, 1.8), (0.62, 2.7)), 0.085, 0.19, 0.05)
    down += pull_lids(c, -0.12, 0.0)

    lateral = c.bump((1.4, 2.15, 8.8), (1.8, 1.2, 3), (-0.34, -0.10, 0.14), left)
    lateral[:, 0] *= inward
    lateral = c.smooth(lateral * lid, 3) + c.fold(((0.40, 1.1), (0.50, 1.9), (0.58, 2.7)), 0.07, 0.19, 0.045)
    shapes = {"browInnerUp": inner, "browOuterUp": outer, "browDown": down, "browLateral": lateral}
    return {f"{name}Left": deltas for name, deltas in shapes.items()}
