"""Give the clips of a folder motion by the teacher: every clip gets an emotion, a style and the face that says it.

Examples:
  speechface prepare motion clips/mine
  speechface prepare motion clips/mine --rig face_board    for EmoFace
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro


@dataclass(frozen=True)
class Arguments:
    """Which clips."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with sound and phones; clips that have motion already are left as they are."""
    rig: Literal["flame", "face_board"] = "flame"
    """flame: motion.npz, for the prior and EMOTE; face_board: board.npz, 174 controls, for EmoFace."""
    seed: int = 0
    """Seed of emotions, styles and takes."""
    workers: int = os.cpu_count() or 1
    """Processes that work side by side."""
    quiet: bool = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Move every clip, then write the report."""
    from data_prep.board_motion import add_board
    from data_prep.motion import add_motion
    from data_prep.report import report, require
    from speechface.progress import bar

    require()
    add = add_board if arguments.rig == "face_board" else add_motion
    with bar("moving", arguments.quiet) as advance:
        add(arguments.clips, arguments.seed, arguments.workers, advance)
    page = report(arguments.clips)
    if not arguments.quiet:
        print(f"{arguments.clips}: report in {page}")
