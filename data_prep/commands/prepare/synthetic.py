"""Generate a training corpus: phone-timed speech of many synthetic voices, and the face that says it.

Example:
  speechface prepare synthetic clips/synthetic --hours 10 --seed 0
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Arguments:
    """How much, and where."""

    out: tyro.conf.Positional[Path]
    """Clip folder to fill; a run that was stopped there goes on."""
    hours: float = 10.0
    """Hours of speech."""
    seed: int = 0
    """Seed of texts, voices, emotions and takes; the same seed gives the same corpus."""
    workers: int = os.cpu_count() or 1
    """Processes that work side by side."""
    sound_only: bool = False
    """Leave out the motion (enough for training the audio encoder)."""
    languages: str = ""
    """Only voices of these languages, with commas: de,cmn,es."""
    splits: str = ""
    """Only voices of these splits, with commas: test makes a folder of voices that are never trained on."""
    quiet: bool = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Generate sound, then motion, then the report."""
    from data_prep.motion import add_motion
    from data_prep.report import report, require
    from data_prep.synthesis import generate
    from speechface.progress import bar

    require()
    seconds = arguments.hours * 3600
    with bar("speaking", arguments.quiet) as advance:
        generate(
            arguments.out, arguments.hours, arguments.seed, arguments.workers,
            progress=lambda done: advance(min(1.0, done / seconds)),
            languages=[word.strip() for word in arguments.languages.split(",") if word.strip()],
            splits=[word.strip() for word in arguments.splits.split(",") if word.strip()],
        )  # fmt: skip
    if not arguments.sound_only:
        with bar("moving", arguments.quiet) as advance:
            add_motion(arguments.out, arguments.seed, arguments.workers, advance)
    page = report(arguments.out)
    if not arguments.quiet:
        print(f"{arguments.out}: report in {page}")
