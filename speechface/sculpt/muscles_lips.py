"""The ring muscle of the mouth: pucker, funnel, press, roll, tighten, close and sticky lips, by side and by lip."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import bell, smooth_step

TUCK = 0.12
"""How far (cm) the lower lip slips up behind the upper one when it is rolled in."""

MEETING = 0.36
"""Where lips that are closed over an open jaw meet: share of the jaw's way that the contact line follows."""


def lip_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What every quarter of the ring muscle at 1 does (V, 3), left side; the four quarters add up to the whole."""
    whole = {
        "mouthPucker": c.seal(_pucker(c)),
        "mouthFunnel": _funnel(c),
        "mouthPress": c.seal(_press(c)),
        "mouthTighten": c.seal(_tighten(c)),
        "mouthClose": close(c, 1.0),
    }
    shapes = {}
    for name, deltas in whole.items():
        deltas = _off_teeth(c, c.symmetric(deltas)) if name != "mouthClose" else deltas
        for lip, share in (("Upper", c.upper), ("Lower", 1 - c.upper)):
            shapes[f"{name}{lip}Left"] = deltas * (share * c.left)[:, None]
    for lip, share, margin in (("Upper", c.upper, 0.03), ("Lower", 1 - c.upper, -0.05)):
        # the lower lip may touch the edges of the upper teeth, which are thinner than the row
        shapes[f"mouthRoll{lip}Left"] = _off_teeth(c, c.symmetric(_roll(c, share)), margin) * c.left[:, None]
    shapes["mouthStickyLeft"] = _press(c) * (0.25 * smooth_step((c.x - 0.8) / 1.2))[:, None]
    return shapes


def _off_teeth(c: Canvas, deltas: np.ndarray, margin: float = 0.11) -> np.ndarray:
    """Movements (V, 3) of whole lips that do not sink into the teeth; to be done before they are cut in quarters."""
    return c.off_teeth(c.skin.vertices + deltas, margin=margin) - c.skin.vertices


def _lip_body(c: Canvas, reach: float) -> np.ndarray:
    """(V,) 1 on the lips, fading into the skin round them and into the mouth."""
    return np.where(c.lip, 1.0, np.where(c.in_mouth, bell(c.mouth_out / reach), 0.0)) * c.depth_fade


def _pucker(c: Canvas) -> np.ndarray:
    wide, near = c.near_mouth(3.3), c.near_mouth(2.6)
    lip = _lip_body(c, 0.55)
    out = np.zeros((c.skin.count, 3))
    out[:, 0] = -0.45 * c.x * wide * c.wall_fade
    out[:, 1] = 0.10 * (c.y - c.contact_height) * lip * (c.inside < 2)
    out[:, 2] = 0.92 * near * np.clip(1 - (c.x / 4.2) ** 2, 0, 1) + 0.22 * wide
    out[:, 2] += 0.10 * lip * np.sin(np.pi * np.clip(c.red, 0, 1))
    out[:, 2] *= c.wall_fade**2
    return c.smooth(c.slide(out, ~c.lip, highest=0.0), 2)


def _funnel(c: Canvas) -> np.ndarray:
    wide = c.near_mouth(3.4)
    open_ = np.clip(1 - (c.x / (c.corner[0] + 0.15)) ** 2, 0, 1) ** 0.6
    turned = np.where((c.inside == 0) & c.lip, np.sin(0.5 * np.pi * np.clip(c.red, 0, 1)), 0.0)
    turned = turned + np.interp(c.inside, [0, 1, 2, 3, 4], [0, 1, 0.8, 0.4, 0])
    out = np.zeros((c.skin.count, 3))
    out[:, 0] = -0.36 * c.x * wide * c.wall_fade
    out[:, 1] = c.near_mouth(2.3) * open_ * (0.36 * np.maximum(c.side, 0) + 0.44 * np.minimum(c.side, 0))
    out[:, 1] += 0.05 * turned * open_ * np.sign(c.arc)
    out[:, 2] = 0.78 * c.near_mouth(2.8) * np.clip(1 - (c.x / 4.4) ** 2, 0, 1) + 0.18 * wide + 0.26 * turned * open_
    out[:, 2] *= c.wall_fade**2
    return c.smooth(c.slide(out, ~c.lip, highest=0.0), 2)


def _press(c: Canvas) -> np.ndarray:
    thin = np.where(c.lip, 1.0, np.where(c.in_mouth, bell(c.mouth_out / 0.2), 0.0)) * (c.inside < 1)
    out = np.zeros((c.skin.count, 3))
    out[:, 1] = -0.40 * (c.y - c.contact_height) * thin
    out[:, 2] = -0.13 * thin * np.sin(np.pi * np.clip(c.red, 0, 1) * 0.9)
    tuck = c.pull_corner((0.05, 0, -0.08), 1.8)
    return c.smooth(out, 2) + tuck + c.skin.reflect(tuck)


def _tighten(c: Canvas) -> np.ndarray:
    thin = np.where(c.lip, 1.0, np.where(c.in_mouth, bell(c.mouth_out / 0.25), 0.0)) * (c.inside < 1)
    out = np.zeros((c.skin.count, 3))
    out[:, 0] = -0.07 * c.x * c.near_mouth(1.8)
    out[:, 1] = -0.30 * (c.y - c.contact_height) * thin
    out[:, 2] = -0.06 * thin * np.sin(np.pi * np.clip(c.red, 0, 1) * 0.9) + 0.05 * c.near_mouth(1.4)
    return c.smooth(out, 2)


def _roll(c: Canvas, lip: np.ndarray) -> np.ndarray:
    """One lip drawn in over its teeth: the red disappears, the border comes to the contact line."""
    red = np.clip(c.red, 0, 1)
    on = c.lip & (c.inside == 0)
    edge = np.where(c.border >= 0, c.skin.vertices[c.border, 1] - c.contact_height, 0.0)
    middle = np.clip(1 - (c.x / (c.corner[0] + 0.2)) ** 2, 0, 1) ** 0.7
    outer = c.in_mouth & ~c.lip
    out = np.zeros((c.skin.count, 3))
    out[:, 1] = (
        np.where(on, -0.55 * (c.y - c.contact_height), np.where(outer, -0.55 * edge * bell(c.mouth_out / 0.3), 0.0))
        * lip
    )
    out[:, 1] += (
        TUCK * np.where(on, red**2, np.interp(c.inside, [0, 1, 2, 3], [0, 1, 0.7, 0])) * (1 - c.upper) * lip * middle
    )
    back = np.where(on, -0.70 * np.sin(0.5 * np.pi * np.clip(0.10 + red, 0, 1)), 0.0)
    back += np.where(outer, -0.14 * bell(c.mouth_out / 0.35), 0.0) - 0.70 * np.interp(
        c.inside, [0, 1, 2, 3, 4], [0, 1, 0.7, 0.2, 0]
    )
    out[:, 2] = back * lip * middle
    return c.smooth(out, 2)


def close(c: Canvas, opening: float) -> np.ndarray:
    """(V, 3) what brings the lips together, as they are at rest, when the jaw is open by a share of its range.

    The contact line follows a share of the jaw's way; every lip keeps its thickness. Exact where the lips touch,
    because the movement is taken back through the jaw's own skinning.
    """
    rest = c.skin.vertices
    touched = np.where(c.contact >= 0, c.contact, 0)
    ridden = _ridden(rest, opening, MEETING)
    target = ridden[touched] + (rest - rest[touched])
    target[:, 2] += 0.75 * (rest - ridden)[touched, 2]  # lips stay in front of the teeth rather than swing back
    fade = np.where(c.lip, 1.0, np.where(c.in_mouth, 1 - smooth_step(c.mouth_out / 1.05), 0.0)) * c.depth_fade
    moved = rest + (c.closed(target, opening) - rest) * fade[:, None]
    return c.closed(c.off_teeth(c.opened(moved, opening), opening), opening) - rest


def _ridden(points: np.ndarray, opening: float, share: float) -> np.ndarray:
    """Points (V, 3) carried by a share of the jaw's rotation."""
    from speechface.sculpt.jaw import HINGE, OPENING, hinge

    turned = (points - HINGE) @ hinge(opening * OPENING).T + HINGE
    return points + share * (turned - points)
