"""How near an engine's curves come to those of held-out clips, group by group, beside a face at rest and the clip's mean.

Example:
  speechface evaluate controls clips/synthetic --model emoface
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from speechface.commands.evaluate import _tables


@dataclass(frozen=True)
class Arguments:
    """Which engine, on which clips."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with motion in the engine's rig."""
    split: str = "test"
    """Split of the clip folder."""
    most: int = 100
    """At most so many clips, evenly taken from the split."""
    model: str = "emoface"
    """Engine or model folder."""
    out: Path | None = None
    """JSON file to write."""


def run(arguments: Arguments) -> None:
    """Print a row a group of controls: root mean square errors, and per cent of the movement explained."""
    columns = ["model", "zero", "mean", "explained", "moving", "controls"]
    _tables.show(measure(arguments), columns, arguments.out)


def measure(arguments: Arguments) -> dict[str, dict[str, float]]:
    """Errors of every group of the rig and of `all`; clips are said in their own emotion and style, lips left free."""
    from speechface import heads
    from speechface.api import engine
    from speechface.clips import ClipFolder
    from speechface.emotion import Emotion
    from speechface.errors import UserError
    from speechface.evaluation import controls

    if arguments.most < 1:
        raise UserError(f"at most {arguments.most} clips: give a number from 1")
    moving = engine(str(arguments.model))
    rig = heads.load(moving.head).rig
    clips = ClipFolder.read(arguments.clips).split(arguments.split)
    chosen = clips[:: max(1, len(clips) // arguments.most)][: arguments.most]

    def animate(clip):
        feeling = Emotion.parse(str(clip.about.get("emotion", "neutral")))
        return moving.animate(clip.audio(), feeling, int(clip.about.get("style", 0)), alive=False, lips=False)

    return controls.measure(chosen, animate, rig, "board" if rig.name == "face_board" else "motion")
