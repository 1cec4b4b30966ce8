"""Turn recordings with texts or phone labels into clips: phones are aligned where there is only a text.

Example:
  speechface prepare recordings my_recordings/ clips/mine
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Arguments:
    """What to read, and where the clips go."""

    recordings: tyro.conf.Positional[Path]
    """Folder of recordings."""
    out: tyro.conf.Positional[Path]
    """Clip folder to fill; a run that was stopped there goes on."""
    corpus: str = "folder"
    """How the folder is laid out; see 'speechface list'."""
    least: float = 0.5
    """Alignments that score less (0 to 1) are left out and counted in CARD.md."""
    workers: int = os.cpu_count() or 1
    """Processes that align side by side."""
    quiet: bool = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Read, align and write clips, and say how much came of it."""
    from data_prep import corpora
    from data_prep.recorded import collect
    from speechface.progress import bar

    found = list(corpora.recordings(arguments.corpus, arguments.recordings))
    with bar("aligning", arguments.quiet) as advance:
        clips = collect(
            arguments.out, found, arguments.out / "alignments", arguments.workers, arguments.least,
            progress=lambda done: advance(done / max(1, len(found))),
        )  # fmt: skip
    if not arguments.quiet:
        hours = sum(clip.seconds for clip in clips) / 3600
        print(f"{arguments.out}: {len(clips)} of {len(found)} recordings, {hours:.2f} hours; see CARD.md")
