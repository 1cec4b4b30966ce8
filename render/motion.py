"""From an animation to moving vertices, a few frames at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from speechface import conversion
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head
from speechface.progress import unwatched

FRAMES = 16
"""Frames posed at once."""


def controls(animation: Animation, head: Head) -> np.ndarray:
    """(T, C) float32 controls of the head's rig, in its order; what the animation does not name is 0.

    Raises `UserError` if the animation moves nothing of this head, or has no frames.
    """
    if not len(animation):
        raise UserError("the animation has no frames")
    if animation.rig == head.rig.name and not set(animation.names) & set(head.rig.names):
        raise UserError(f"the animation names no control of head '{head.name}' (rig '{head.rig.name}')")
    return conversion.controls(animation, head)


def vertices(animation: Animation, head: Head, progress: Callable[[float], None] = unwatched) -> Iterator[np.ndarray]:
    """(V, 3) float32 metres, one frame after the other; see `controls` for errors.

    progress: told the share of the frames that are used up, each time one more is.
    """
    rows = controls(animation, head)  # here and not when the first frame is taken, so that mistakes are noticed at once
    return _posed(rows, head, progress)


def turned(frames: Iterable[np.ndarray], centre: Sequence[float], step: float) -> Iterator[np.ndarray]:
    """Frames (V, 3) on a turntable: frame t is turned by t * step radians about the upright line through `centre`.

    The camera and its lamps stand still. A positive step turns the character to its left.
    """
    middle = np.asarray(centre, dtype=np.float32) * np.array([1.0, 0.0, 1.0], dtype=np.float32)
    for number, frame in enumerate(frames):
        sine, cosine = math.sin(number * step), math.cos(number * step)
        turn = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]], dtype=np.float32)
        yield (frame - middle) @ turn + middle


def _posed(rows: np.ndarray, head: Head, progress: Callable[[float], None]) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), FRAMES):
        for number, frame in enumerate(head.vertices(rows[start : start + FRAMES]), start=start + 1):
            yield frame
            progress(number / len(rows))
