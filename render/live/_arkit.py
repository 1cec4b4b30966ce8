"""An animation as the 52 shapes and the rotations of head and eyes that ARKit's face has."""

from __future__ import annotations

import numpy as np

from speechface import conversion, rigs
from speechface.animation import Animation

SHAPES = tuple(name for name in rigs.load("arkit").names if not name.startswith("head"))
GAZE = (0.60, 0.55)
"""Radians to the side and up or down of a full look: the slope of LeftEyeYaw over EyeLookOut and of LeftEyePitch over
EyeLookDown in two takes of Live Link Face."""


def shapes(animation: Animation) -> tuple[np.ndarray, np.ndarray]:
    """(T, 52) shapes 0..1 in ARKit's order, and (T, 9) radians: yaw, pitch and roll of head, left eye and right eye.

    Angles have the signs of Live Link Face, whose yaw and roll are not ours. Raises `UserError` for a rig that is not known.
    """
    made = conversion.convert(animation, "arkit")
    turns = [-made["headYaw"], made["headPitch"], -made["headRoll"]]
    for side, sign in (("Left", -1.0), ("Right", 1.0)):
        turns.append(sign * GAZE[0] * (made[f"eyeLookOut{side}"] - made[f"eyeLookIn{side}"]))
        turns.append(GAZE[1] * (made[f"eyeLookDown{side}"] - made[f"eyeLookUp{side}"]))
        turns.append(np.zeros(len(made)))
    return np.clip(made.columns(SHAPES), 0.0, 1.0), np.stack(turns, axis=1)
