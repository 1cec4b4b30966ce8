"""How the skin is painted: pigments and material of every vertex, in the order of `palette.PIGMENTS`."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.brows import brow_shadow
from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.hair import scalp


def paint_skin(c: Canvas) -> dict[str, np.ndarray]:
    """Amount (V,) of every pigment used on the skin; the amounts of a vertex sum to about 1."""
    amounts = {"skin": np.ones(c.skin.count)}

    def cover(pigment: str, amount: np.ndarray) -> None:
        for other in amounts:
            amounts[other] = amounts[other] * (1 - amount)
        amounts[pigment] = amounts.get(pigment, 0.0) + amount

    x, y, z = np.abs(c.x), c.y, c.z

    def spot(centre: tuple, size: float | tuple) -> np.ndarray:
        return bell(np.linalg.norm((np.stack([x, y, z], axis=1) - centre) / np.asarray(size), axis=1))

    m = c.skin.field.proportions
    front = smooth_step(z - 2.0)
    cover("flush", 0.36 * spot((4.1, -2.9, 6.6), 1.9) + 0.10 * spot((2.6, -2.6, 7.8), 1.4))
    cover("flush", 0.26 * spot((0, m.nose_tip_height, 10.6), 1.0) + 0.14 * spot((0, -9.9, 8.4), 1.3))
    ear = np.zeros(c.skin.count)
    ear[c.skin.both(c.skin.ear.ids)] = 1.0
    cover("flush", 0.40 * ear)
    cover("shade", 0.22 * spot((3.2, 0.3, 7.6), (2.0, 1.0, 2.5)) * front)
    cover("shade", 0.16 * spot((2.5, -1.2, 7.6), (1.5, 0.45, 2.0)) * front)
    cover("shade", 0.25 * spot((1.5, -3.9, 9.0), (0.5, 0.5, 0.9)))
    beard = (
        smooth_step((-3.2 - y - 0.25 * np.maximum(x - 3.5, 0)) / 1.2)
        * smooth_step((y + 12.0) / 1.2)
        * smooth_step((z - 0.6) / 1.5)
    )
    beard *= 1 - 0.8 * spot((2.6, -4.9, 7.8), (1.3, 1.2, 2.5))
    cover("stubble", 0.55 * beard * ~c.lip)
    cover("hair", 0.96 * scalp(c.skin.vertices) * (1 - ear))
    cover("brow", 0.78 * brow_shadow(m, c.skin.vertices))
    rim = c.lid_out < 1
    edge = np.where(rim, bell(c.lid_out / 0.045), 0.0)
    cover("lash", edge * np.where(c.lid_upper > 0.5, 0.62, 0.12) * (c.lid_under == 0))
    inner = (c.lid_under > 0).astype(float)
    middle = np.sin(np.pi * c.lid_along)
    cover("flesh", inner * np.where(c.lid_upper > 0.5, 0.2, 0.45))
    cover("lash", 0.75 * inner * c.lid_upper * smooth_step(middle / 0.45))
    # beside the eyeball, in the corners, the lids' lining shows: as white as the eye and a little redder
    cover("sclera", 0.75 * inner * (1 - smooth_step(middle / 0.5)))
    red = np.clip(c.red, 0, 1)
    lip = c.lip & (c.inside == 0)
    cover(
        "lips",
        np.where(lip, 0.62 + 0.30 * smooth_step(red / 0.35), 0.0)
        + np.where(c.in_mouth & ~c.lip, 0.62 * bell(c.mouth_out / 0.03), 0),
    )
    cover("shade", np.where(lip, 0.35 * smooth_step((red - 0.55) / 0.45), 0.0))
    cover("flesh", (c.inside > 0).astype(float))
    nostril = np.zeros(c.skin.count)
    for ids, amount in zip(c.skin.nostril.ids, (0.25, 0.6, 0.9, 1.0), strict=True):
        nostril[c.skin.both(ids)] = amount
    nostril[c.skin.both(np.array([c.skin.nostril.ids.max() + 1]))] = 1.0
    cover("blood", 0.5 * nostril)
    return amounts


def skin_surface(c: Canvas) -> np.ndarray:
    """(V, 3) roughness, specular and subsurface of the skin."""
    spot = bell(np.linalg.norm((c.skin.vertices - (0, -2.5, 10.3)) / (1.6, 2.2, 1.6), axis=1))
    rough = 0.52 - 0.05 * spot
    lip = c.lip & (c.inside == 0)
    rough = np.where(lip, 0.34, rough)
    rough = np.where(c.inside > 0, 0.36, rough)
    rough = np.where(c.lid_under > 0, 0.22, rough)
    shine = np.where(c.inside > 2, 0.015, 0.027)
    return np.stack([rough, shine, np.full(c.skin.count, 0.9)], axis=1)
