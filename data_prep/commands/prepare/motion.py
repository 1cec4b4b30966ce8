"""Give the clips of a folder motion by the teacher: every clip gets an emotion, a style and the face that says it.

Example:
  speechface prepare motion clips/mine
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Arguments:
    """Which clips."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with sound and phones; clips that have motion already are left as they are."""
    seed: int = 0
    """Seed of emotions, styles and takes."""
    workers: int = os.cpu_count() or 1
    """Processes that work side by side."""
    quiet: bool = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Move every clip, then write the report."""
    from data_prep.motion import add_motion
    from data_prep.report import report, require
    from speechface.progress import bar

    require()
    with bar("moving", arguments.quiet) as advance:
        add_motion(arguments.clips, arguments.seed, arguments.workers, advance)
    page = report(arguments.clips)
    if not arguments.quiet:
        print(f"{arguments.clips}: report in {page}")
