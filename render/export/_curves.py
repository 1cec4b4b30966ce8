"""The curves of an animation as a file of some rig wants them: converted, in range, checked, with their sound's name."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from speechface import conversion, rigs
from speechface.animation import Animation
from speechface.errors import UserError

BOARD = "face_board"
UNKEYED = "neckCorrectivesMultiplyer"
"""Settings of the face board that are no movement."""


def of(animation: Animation, rig: str) -> Animation:
    """The animation in a rig, all its controls in order and within their ranges.

    Curves of other names that came along (`headYaw` for the face board, which cannot turn the head) follow the rig's.
    A layer (`speechface.layers`) is a difference: its values have signs and stay as they are.
    Raises `UserError` where there is no frame, a number is not finite, or the animation cannot be converted.
    """
    layer = animation.about.get("layer")
    if layer is not None and animation.rig != rig:
        raise UserError(
            f"a layer ({layer}) in rig '{animation.rig}' cannot be converted to '{rig}': it is a difference; "
            "let animate --layers write this file"
        )
    made, controls = conversion.convert(animation.checked(), rig), rigs.load(rig)
    more = {name: made[name] for name in made.names if name not in controls.index}
    curves = made.columns(controls.names)
    curves = curves if layer is not None else controls.clip(curves)
    plain = Animation(curves, controls.names, made.fps, rig, made.audio, made.about)
    return plain.with_curves(more).checked()


def two_eyes(board: Animation) -> Animation:
    """A face board whose control for both eyes is at rest and each eye's own control does its part of it."""
    moved: dict[str, np.ndarray] = {}
    for axis in "XY":
        both = board[f"CTRL_C_eye-translate{axis}"]
        moved[f"CTRL_C_eye-translate{axis}"] = np.zeros_like(both)
        for side in "LR":
            name = f"CTRL_{side}_eye-translate{axis}"
            turned = board[name] + both
            moved[name] = turned if "layer" in board.about else np.clip(turned, -1.0, 1.0)
    return board.with_curves(moved)


def beside(animation: Animation, path: Path) -> str:
    """How a file at `path` names the sound of its animation: from its own folder, with forward slashes; "" without sound."""
    if animation.audio is None:
        return ""
    try:
        return Path(os.path.relpath(animation.audio, path.parent)).as_posix()
    except ValueError:  # on another drive of Windows: no path leads there
        return animation.audio.name
