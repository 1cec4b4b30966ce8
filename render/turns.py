"""Rotations of head and eyes as Live Link Face has them, which ARKit's shapes only imply."""

from __future__ import annotations

import numpy as np

from speechface.animation import Animation

GAZE = (0.60, 0.55)
"""Radians to the side and up or down of a full look: the slope of LeftEyeYaw over EyeLookOut and of LeftEyePitch over
EyeLookDown in two takes of the app."""


def turns(made: Animation) -> np.ndarray:
    """(T, 9) radians of an animation in ARKit's rig: yaw, pitch and roll of head, left eye and right eye.

    The app's yaw and roll have the other sign than ours.
    """
    out = [-made["headYaw"], made["headPitch"], -made["headRoll"]]
    for side, sign in (("Left", -1.0), ("Right", 1.0)):
        out.append(sign * GAZE[0] * (made[f"eyeLookOut{side}"] - made[f"eyeLookIn{side}"]))
        out.append(GAZE[1] * (made[f"eyeLookDown{side}"] - made[f"eyeLookUp{side}"]))
        out.append(np.zeros(len(made)))
    return np.stack(out, axis=1)
