"""All muscles of the skin: what every control of the rig `open` moves, left, right and middle."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.muscles_brows import brow_shapes
from speechface.sculpt.muscles_cheeks import cheek_shapes
from speechface.sculpt.muscles_eyes import blink, lid_shapes
from speechface.sculpt.muscles_jaw import jaw_shapes, neck_shapes
from speechface.sculpt.muscles_lips import lip_shapes
from speechface.sculpt.muscles_mouth import mouth_shapes

COLLIDING = (
    "cheekPuffLeft", "cheekSuckLeft", "noseSneerLeft", "jawLeft", "jawForward", "mouthSmileLeft", "mouthFrownLeft",
    "mouthStretchLeft", "mouthDimpleLeft", "mouthLeft", "mouthUpperUpLeft", "mouthLowerDownLeft", "mouthShrugUpper",
    "mouthShrugLower",
)  # fmt: skip
"""Controls whose lips could sink into the teeth (the ring muscle sees to that itself)."""


def skin_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """Movement (V, 3) of the skin for every control at 1 (the blink's straight part apart, see `correctives`)."""
    shapes: dict[str, np.ndarray] = {}
    for part in (lid_shapes, brow_shapes, cheek_shapes, jaw_shapes, mouth_shapes, lip_shapes, neck_shapes):
        shapes |= part(c)
    for name in COLLIDING:
        shapes[name] = c.off_teeth(c.skin.vertices + shapes[name]) - c.skin.vertices
    shapes["eyeBlinkLeft"] = blink(c, 1.0)
    for name in [name for name in shapes if name.endswith("Left")]:
        shapes[other_side(name)] = c.skin.reflect(shapes[name])
    return shapes


def other_side(name: str) -> str:
    """The name of the control on the other side."""
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name
