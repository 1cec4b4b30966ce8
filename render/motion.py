"""From an animation to moving vertices, a few frames at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head

FRAMES = 16
"""Frames posed at once."""


def controls(animation: Animation, head: Head) -> np.ndarray:
    """(T, C) float32 controls of the head's rig, in its order; what the animation does not name is 0.

    Raises `UserError` if the animation moves nothing of this head, or has no frames.
    """
    if not len(animation):
        raise UserError("the animation has no frames")
    if not set(animation.names) & set(head.rig.names):
        raise UserError(
            f"an animation in rig '{animation.rig}' does not move head '{head.name}' (rig '{head.rig.name}')"
        )
    return animation.columns(head.rig.names)


def vertices(animation: Animation, head: Head) -> Iterator[np.ndarray]:
    """(V, 3) float32 metres, one frame after the other; see `controls` for errors."""
    rows = controls(animation, head)
    return (frame for start in range(0, len(rows), FRAMES) for frame in head.vertices(rows[start : start + FRAMES]))
