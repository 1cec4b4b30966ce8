"""Muscles of the cheeks and the nose."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas, hill
from speechface.sculpt.distance import smooth_step
from speechface.sculpt.muscles_eyes import pull_lids

NASOLABIAL = ((1.50, -3.55), (2.05, -4.3), (2.75, -5.2), (3.25, -6.1), (3.35, -6.9))
"""X, Y of the fold from the wing of the nose down past the corner of the mouth."""


def nasolabial(c: Canvas, depth: float, swell: float) -> np.ndarray:
    """(V, 3) the left fold, deepened, with the cheek swelling beside it."""
    return c.fold(NASOLABIAL, depth, 0.24, swell)


def cheek_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What every cheek and nose control of the left side at 1 does (V, 3)."""
    left = c.x > 0
    dry = ~c.lip
    shapes: dict[str, np.ndarray] = {}

    squint = c.bump((3.9, -2.5, 6.6), (2.1, 1.4, 2.5), (0.02, 0.52, 0.22), dry & left & (c.lid_out > 0.4))
    squint = c.smooth(squint, 3) + pull_lids(c, 0.0, 0.16) + nasolabial(c, 0.04, 0.03)
    shapes["cheekSquint"] = squint + crows_feet(c, 0.030)

    reach = np.linalg.norm((c.skin.vertices - (3.9, -5.2, 5.8)) / (3.6, 3.5, 4.2), axis=1)
    blown = hill(reach) * (c.inside == 0) * left
    shapes["cheekPuff"] = c.smooth(
        np.where(c.lip[:, None], np.array([0, 0, 0.3]), c.skin.normals) * (0.95 * blown)[:, None], 6
    )
    lips_out = c.near_mouth(2.0) * np.clip(1 - (c.x / 3) ** 2, 0, 1) * c.left
    shapes["cheekPuff"] += lips_out[:, None] * np.array([0, 0, 0.22])

    reach = np.linalg.norm((c.skin.vertices - (4.3, -5.2, 5.2)) / (1.9, 2.6, 3.0), axis=1)
    shapes["cheekSuck"] = c.smooth(c.skin.normals * (-0.45 * hill(reach) * dry * left)[:, None], 3)
    shapes["cheekSuck"] += c.pull_corner((-0.12, 0.0, 0.02), 1.6)

    sneer = c.bump((1.15, -3.2, 9.2), (0.95, 1.1, 1.8), (0.06, 0.44, 0.04), smooth_step((c.x + 0.1) / 0.5) * dry)
    sneer += c.bump((0.9, 0.2, 8.2), (0.9, 1.3, 1.8), (0.0, 0.13, 0.08), smooth_step(c.x / 0.4) * (c.lid_out > 0.3))
    sneer += c.bump((1.4, 1.9, 8.6), (1.2, 0.9, 2), (-0.08, -0.20, 0.05), smooth_step(c.x / 0.4) * (c.lid_out > 0.5))
    lifted = (
        c.near_mouth(2.2) * c.upper**2 * smooth_step((c.x + 1.3) / 2.6) * np.clip(1 - (c.x / 2.75) ** 2, 0, 1) ** 0.8
    )
    sneer = c.smooth(sneer + lifted[:, None] * np.array([0, 0.22, 0.05]), 2)
    sneer += nasolabial(c, 0.11, 0.09)
    for low, high in (((0.25, 0.75), (1.15, 0.25)), ((0.25, 0.15), (1.2, -0.45))):  # "bunny lines"
        sneer += c.fold((low, high), 0.05, 0.12, 0.025)
    shapes["noseSneer"] = sneer

    flare = c.bump((1.45, -3.6, 9.1), (0.7, 0.75, 1.1), (0.20, 0.07, 0.02), smooth_step((c.x - 0.3) / 0.5) * dry)
    shapes["nostrilFlare"] = c.smooth(flare, 1)
    deepen = nasolabial(c, 0.13, 0.10)
    shapes["nasolabialDeepen"] = deepen + c.bump((2.3, -4.0, 8), (1.4, 1.4, 2), (0.04, 0.14, 0.04), dry & left)
    return {f"{name}Left": deltas for name, deltas in shapes.items()}


def crows_feet(c: Canvas, depth: float) -> np.ndarray:
    """(V, 3) fine lines running out from the left eye's outer corner."""
    start = np.array([c.skin.field.proportions.inner_canthi / 2 + c.skin.field.proportions.fissure_length + 0.35, 0.05])
    out = np.zeros((c.skin.count, 3))
    for rise in (0.55, 0.1, -0.35):
        way = np.array([0.95, rise])
        out += c.fold((tuple(start + 0.1 * way), tuple(start + 0.95 * way)), depth, 0.11, 0.5 * depth)
    return out
