"""How much a clip folder's face-board curves say that ARKit's 52 shapes do not: rank and variance, group by group.

Example:
  speechface evaluate richness clips/synthetic
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from speechface.commands.evaluate import _tables


@dataclass(frozen=True)
class Arguments:
    """Which curves."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with face-board motion."""
    split: str = "test"
    """Split of the clip folder."""
    file: str = "board"
    """Which motion of the clips: NAME/board.npz by default."""
    most: int = 20000
    """At most so many frames, evenly taken."""
    out: Path | None = None
    """JSON file to write."""


def run(arguments: Arguments) -> None:
    """Print a row a group of controls."""
    columns = ["controls", "moving", "components", "components_52", "beyond_52"]
    _tables.show(measure(arguments), columns, arguments.out)


def measure(arguments: Arguments) -> dict[str, dict[str, float]]:
    """Counts, and per cent of the variance beyond 52 shapes, of every group and of `all`."""
    import numpy as np

    from speechface import rigs
    from speechface.animation import Animation
    from speechface.clips import ClipFolder
    from speechface.errors import UserError
    from speechface.evaluation import richness

    if arguments.most < 200:
        raise UserError(f"at most {arguments.most} frames: give a number from 200, there are 174 controls")
    rows = []
    for clip in ClipFolder.read(arguments.clips).split(arguments.split):
        motion = clip.motion(arguments.file)
        curves = Animation(motion.controls, motion.names, motion.fps, "face_board").columns(
            rigs.load("face_board").names
        )
        rows.append(curves[motion.valid])
    frames = np.concatenate(rows) if rows else np.zeros((0, 1))
    if len(frames) < 200:
        raise UserError(f"{arguments.clips} has only {len(frames)} frames in its split '{arguments.split}'")
    return richness.measure(frames[:: max(1, len(frames) // arguments.most)][: arguments.most])
