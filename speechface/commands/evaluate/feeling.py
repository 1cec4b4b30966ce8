"""Whether each emotion can be told from the motion, and whether strength scales it.

Example:
  speechface evaluate feeling clips/synthetic --sounds ../shared/data/speech
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from speechface.commands.evaluate import _tables


@dataclass(frozen=True)
class Arguments:
    """Which engine, judged by which data, on which sounds."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with motion in the engine's rig and emotions; its training split teaches the classifier."""
    sounds: Path | None = None
    """Recordings to animate; the test split of the clip folder by default."""
    corpus: str = "labelled"
    """How to read the recordings; see 'speechface list'."""
    most: int = 24
    """At most so many sounds."""
    model: str = "emote"
    """Engine or model folder."""
    style: int = 0
    """Speaking style."""
    out: Path | None = None
    """JSON file to write."""


def run(arguments: Arguments) -> None:
    """Print agreement an emotion, the teacher's own beside it, and the scaling by strength."""
    rows = measure(arguments)
    agreement = {name: row for name, row in rows.items() if name != "scaling"}
    _tables.show(agreement, ["all", *list(rows["teacher"])[:-1]], None)
    _tables.show(rows["scaling"], ["0.33", "0.67", "1.00", "monotonic"], None)
    if arguments.out:
        _tables.write(rows, arguments.out)


def measure(arguments: Arguments) -> dict[str, dict[str, Any]]:
    """Agreement (%) of `teacher` and of the model by emotion, and `scaling`: millimetres by emotion and strength."""
    from speechface import heads
    from speechface.api import engine
    from speechface.clips import ClipFolder
    from speechface.emotion import Emotion
    from speechface.errors import UserError
    from speechface.evaluation import feeling

    if arguments.most < 1:
        raise UserError(f"at most {arguments.most} sounds: give a number from 1")
    folder, moving = ClipFolder.read(arguments.clips), engine(str(arguments.model))
    head = heads.load(moving.head)
    names = [name for name in moving.names if name in head.rig.index and not name.startswith(("neck_", "global_"))]
    judge = feeling.classifier(folder.split("train"), names, head)
    utterances = _tables.speech(arguments.sounds or arguments.clips, arguments.corpus, "test")
    evenly = utterances[:: max(1, len(utterances) // arguments.most)]
    sounds = [utterance.samples for utterance in evenly][: arguments.most]

    def animate(samples, text):
        return moving.animate(samples, Emotion.parse(text), arguments.style, alive=False)

    return {
        "teacher": feeling.ceiling(judge, folder.split("test"), names, head),
        str(arguments.model): feeling.agreement(judge, sounds, animate, names, head),
        "scaling": feeling.scaling(sounds[:6], animate, head),
    }
