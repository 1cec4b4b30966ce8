"""An animation as the 52 shapes and the rotations of head and eyes that ARKit's face has."""

from __future__ import annotations

import numpy as np

from render.export import _curves
from render.turns import turns
from speechface import rigs
from speechface.animation import Animation

SHAPES = tuple(name for name in rigs.load("arkit").names if not name.startswith("head"))


def shapes(animation: Animation) -> tuple[np.ndarray, np.ndarray]:
    """(T, 52) shapes 0..1 in ARKit's order, and (T, 9) radians: yaw, pitch and roll of head, left eye and right eye.

    Angles have the signs of Live Link Face. Raises `UserError` for a rig that is not known and for curves that are not finite.
    """
    made = _curves.of(animation, "arkit")
    return np.clip(made.columns(SHAPES), 0.0, 1.0), turns(made)
