"""Corrective shapes: what is added when two controls act together, by the product of their values.

A pair (a, b) is added times w_a w_b; a pair (a, a), an in-between, times w_a squared. Pairs of the left side are
written here; those of the right are their reflections.
"""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import smooth_step
from speechface.sculpt.muscles import other_side
from speechface.sculpt.muscles_eyes import blink
from speechface.sculpt.muscles_lips import close

Shapes = dict[str, np.ndarray]
Pairs = dict[tuple[str, str], np.ndarray]

LID_MOVERS = ("eyeWide", "eyeSquint", "eyeLookUp", "eyeLookDown", "cheekSquint", "mouthSmile", "browDown")
LIP_MOVERS = ("mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "mouth", "neckTense") + tuple(
    f"mouth{kind}{lip}" for kind in ("Pucker", "Funnel", "Press", "Tighten") for lip in ("Upper", "Lower")
)


def corrective_shapes(c: Canvas, shapes: Shapes) -> tuple[Shapes, Pairs]:
    """The shapes with what is not straight taken out of them, and the correctives (V, 3) of all pairs."""
    straight, pairs = dict(shapes), {}
    straight["eyeBlinkLeft"], pairs["eyeBlinkLeft", "eyeBlinkLeft"] = bend(blink(c, 0.5), blink(c, 1.0))
    closing, bent = bend(close(c, 0.5), close(c, 1.0))
    closing, bent = c.symmetric(closing), c.symmetric(bent)
    for lip, share in (("Upper", c.upper), ("Lower", 1 - c.upper)):
        quarter = (share * c.left)[:, None]
        shut = closing * share[:, None]
        clear = c.off_teeth(c.skin.vertices + shut) - c.skin.vertices - shut  # where it is used without the jaw
        straight[f"mouthClose{lip}Left"] = (shut + clear) * c.left[:, None]
        pairs["jawOpen", f"mouthClose{lip}Left"] = bent * quarter - clear * c.left[:, None]
    pairs |= _lids(c, shapes)
    pairs |= _lips_and_jaw(c, shapes, closing + bent)
    pairs |= _brows(c)
    pairs |= _clear_of_teeth(c, shapes)
    pairs["mouthRollUpperLeft", "mouthRollLowerLeft"] = _rolled(c, shapes)
    for (first, second), deltas in list(pairs.items()):
        pairs[other_side(first), other_side(second)] = c.skin.reflect(deltas)
    for name in straight:
        if name.endswith("Right"):
            straight[name] = c.skin.reflect(straight[other_side(name)])
    return straight, pairs


def bend(half: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A straight part and a squared part that go exactly through what is wanted at 0.5 and at 1."""
    return 4 * half - whole, 2 * whole - 4 * half


def _lids(c: Canvas, shapes: Shapes) -> Pairs:
    """A shut lid stays shut whatever else pulls at it."""
    on_lid = (c.lid_out < 0.56)[:, None]
    return {("eyeBlinkLeft", f"{name}Left"): -shapes[f"{name}Left"] * on_lid for name in LID_MOVERS}


def _lips_and_jaw(c: Canvas, shapes: Shapes, closing: np.ndarray) -> Pairs:
    """Over an open jaw lips keep the direction of their pull, puckered ones draw together, sticky ones stick.

    closing: (V, 3) what shuts the lips over a fully open jaw.
    """
    pairs: Pairs = {}
    rest, dropped = c.skin.vertices, c.opened(c.skin.vertices, 1.0)
    near = np.where(c.lip, 1.0, np.where(c.in_mouth, 1 - smooth_step(c.mouth_out), 0.0)) * c.depth_fade
    for name in LIP_MOVERS:
        pull = shapes[f"{name}Left"]
        kept = c.closed(dropped + pull, 1.0) - rest - pull
        pairs["jawOpen", f"{name}Left"] = kept * near[:, None]
    for kind, amount in (("Pucker", 0.60), ("Funnel", 0.15)):
        for lip, share in (("Upper", c.upper), ("Lower", 1 - c.upper)):
            drawn = amount * closing * (share * c.left)[:, None]
            pairs["jawOpen", f"mouth{kind}{lip}Left"] += drawn
            pairs[f"mouthClose{lip}Left", f"mouth{kind}{lip}Left"] = -drawn  # closed lips need no drawing together
    at_corner = smooth_step((c.x / c.corner[0] - 0.35) / 0.5)
    pairs["jawOpen", "mouthStickyLeft"] = closing * (0.9 * at_corner)[:, None]
    smile = pairs["jawOpen", "mouthSmileLeft"]
    smile += c.pull_corner((-0.05, -0.16, 0.10), 2.6)  # corners come down a little, the cheeks hold
    smile += (0.10 * c.near_mouth(2.2) * c.upper * c.left)[:, None] * np.array([0, 1.0, 0])
    return pairs


def _brows(c: Canvas) -> Pairs:
    """Inner brows that are raised and drawn down at once stand oblique, as in grief; together with furrows."""
    grief = c.bump((1.05, 2.2, 9.0), (1.0, 0.9, 2.5), (-0.08, 0.30, 0.06), smooth_step((c.x + 0.2) / 0.6))
    grief += c.bump((3.6, 2.4, 8.0), (1.6, 1.0, 2.5), (0, -0.12, 0), c.x > 0)
    grief = c.smooth(grief * (c.lid_out > 0.6)[:, None], 2)
    return {("browDownLeft", "browInnerUpLeft"): grief}


def _clear_of_teeth(c: Canvas, shapes: Shapes) -> Pairs:
    """Pairs that together would draw the lips into the teeth; a funnel on top of a pucker makes the mouth no narrower."""
    pairs: Pairs = {}
    quarters = [(lip, side) for lip in ("Upper", "Lower") for side in ("Left", "Right")]
    whole = {kind: sum(shapes[f"mouth{kind}{lip}{side}"] for lip, side in quarters) for kind in ("Pucker", "Funnel")}
    both = whole["Pucker"] + whole["Funnel"]
    rest = c.skin.vertices
    back = c.symmetric(c.off_teeth(rest + both * (0.62, 1.0, 0.72)) - rest - both)
    for lip, share in (("Upper", c.upper), ("Lower", 1 - c.upper)):
        pairs[f"mouthPucker{lip}Left", f"mouthFunnel{lip}Left"] = back * (share * c.left)[:, None]
    rolled = shapes["mouthRollLowerLeft"] + shapes["mouthRollLowerRight"]
    for kind in ("Pucker", "Funnel"):
        both = whole[kind] + rolled
        back = c.off_teeth(rest + both, margin=0.06) - rest - both
        pairs[f"mouth{kind}LowerLeft", "mouthRollLowerLeft"] = c.symmetric(back) * c.left[:, None]
    sucked = shapes["cheekSuckLeft"] + shapes["cheekSuckRight"] + whole["Pucker"]
    back = c.symmetric(c.off_teeth(rest + sucked) - rest - sucked) * c.left[:, None]
    for lip, share in (("Upper", c.upper), ("Lower", 1 - c.upper)):
        pairs["cheekSuckLeft", f"mouthPucker{lip}Left"] = back * share[:, None]
    for control in ("jawLeft", "mouthLeft"):
        for name, where, part in (
            ("RollLower", np.ones(1), rolled),
            ("PuckerUpper", c.upper, None),
            ("PuckerLower", 1 - c.upper, None),
        ):
            both = shapes[control] + (whole["Pucker"] if part is None else part)
            back = (c.off_teeth(rest + both, margin=0.14) - rest - both) * np.reshape(where, (-1, 1))
            pairs[control, f"mouth{name}Left"] = back * c.left[:, None]
            pairs[control, f"mouth{name}Right"] = back * (1 - c.left)[:, None]
    return pairs


def _rolled(c: Canvas, shapes: Shapes) -> np.ndarray:
    """Both lips rolled in: the lower one no longer slips up behind the upper."""
    both = shapes["mouthRollUpperLeft"] + shapes["mouthRollLowerLeft"]
    return (c.seal(both) - both) * c.left[:, None]
