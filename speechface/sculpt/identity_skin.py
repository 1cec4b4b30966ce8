"""Differences between people that follow the skin's own lines: lips, the fold of the upper lid, the marks of age."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.identity_warps import push, spot
from speechface.sculpt.muscles_brows import forehead_lines
from speechface.sculpt.muscles_cheeks import crows_feet, nasolabial


def skin_changes(c: Canvas) -> dict[str, np.ndarray]:
    """Changes (V, 3) of the skin that follow its own lines: lips, lids' folds and the marks of age."""
    return {"lipFullness": _full_lips(c), "monolid": _monolid(c), "age": _age(c)}


def _full_lips(c: Canvas) -> np.ndarray:
    on = c.lip & (c.inside == 0)
    near = np.where(on, 1.0, np.where(c.in_mouth & ~c.lip, bell(c.mouth_out / 0.35), 0.0))
    middle = np.clip(1 - (c.x / (c.corner[0] + 0.1)) ** 2, 0, 1) ** 0.6
    border = np.where(c.border >= 0, c.y[c.border], c.contact_height)
    grow = 0.26 * np.where(on, c.y - c.contact_height, (border - c.contact_height) * near)
    out = np.zeros((c.skin.count, 3))
    out[:, 1] = grow * middle
    swell = np.sin(np.pi * np.clip(0.12 + 0.88 * c.red, 0, 1))
    under = np.interp(c.inside, [0, 1, 2, 3, 4, 5], [0, 0.1, 0.4, 0.5, 0.3, 0])
    out[:, 2] = 0.20 * middle * (np.where(on, swell, np.where(c.in_mouth & ~c.lip, 0.35 * near, 0)) + under)
    return c.seal(c.smooth(out, 1))


def _monolid(c: Canvas) -> np.ndarray:
    """The upper lid's crease filled, and a fold over the inner corner."""
    narrow = np.sin(np.pi * c.lid_along) ** 1.1
    fill = c.lid_upper * bell((c.lid_out - 0.27) / 0.13) * narrow
    out = np.zeros((c.skin.count, 3))
    out[:, 2] = 0.15 * fill
    out[:, 1] = -0.06 * c.lid_upper * bell((c.lid_out - 0.33) / 0.14) * narrow
    socket = spot(c.skin.vertices, (3.0, 1.35, 8.0), (2.1, 0.8, 1.6))
    out[:, 2] += 0.20 * socket * (c.lid_out > 0.3)
    inner = bell((c.lid_along - 0.06) / 0.07) * bell((c.lid_out - 0.10) / 0.10) * c.lid_upper
    out += inner[:, None] * np.stack([-0.04 * np.sign(c.x), np.full_like(c.x, -0.10), np.full_like(c.x, 0.08)], axis=1)
    return c.smooth(out, 2)


def _age(c: Canvas) -> np.ndarray:
    """Folds that stay, hollow cheeks, jowls, bags under the eyes, thinner lips, a nose that has sunk."""
    # shallow, with full cheeks beside: in disgust the same fold deepens, and must not reach the mouth's bag
    out = nasolabial(c, 0.10, 0.19) + crows_feet(c, 0.07)
    out += c.fold(((2.72, -6.3), (3.0, -7.0), (3.05, -7.9)), 0.08, 0.32, 0.11)  # from the corner of the mouth down
    out += forehead_lines(c, 0.075, smooth_step((5.2 - c.x) / 1.2) * smooth_step(0.5 + c.x / 0.4))
    out += c.fold(((0.45, 1.2), (0.5, 1.9), (0.55, 2.6)), 0.05, 0.16, 0.03)
    out += c.fold(((1.9, -1.15), (2.7, -1.55), (3.7, -1.6), (4.5, -1.25)), 0.06, 0.16, -0.05)
    out = out + c.skin.reflect(out)
    p = c.skin.vertices
    out += push(p, spot(p, (3.6, -8.0, 5.6), (1.4, 1.3, 1.8)), x=0.42, y=-0.42)  # jowl
    out += push(p, spot(p, (4.3, -4.6, 5.0), (1.3, 1.8, 2.2)) * ~c.lip, x=-0.30, z=-0.06)
    out += push(p, spot(p, (5.6, 2.3, 5.0), (1.4, 1.8, 2.0)), x=-0.14)  # temple
    out += push(
        p, spot(p, (3.2, -0.95, 8.0), (1.3, 0.35, 1.5)) * smooth_step((c.lid_out - 0.08) / 0.12), z=0.24
    )  # bags
    out += push(
        p, spot(p, (3.9, 1.1, 7.6), (1.5, 0.7, 1.8)) * smooth_step((c.lid_out - 0.22) / 0.3), y=-0.10, z=0.14
    )  # hooded lids
    throat = bell(p[:, 0] / 2.0) * bell((p[:, 1] + 10.6) / 1.2) * smooth_step((p[:, 2] - 2.5) / 2)
    out += push(p, throat, y=-0.35)
    return out - 0.65 * _full_lips(c)
