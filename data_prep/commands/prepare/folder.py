"""Turn sounds with motion that you have into clips: FLAME parameters, ARKit or face-board curves, vertices, animations.

Example:
  speechface prepare folder my_recordings/ clips/mine
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Arguments:
    """What to read, and where the clips go."""

    recordings: tyro.conf.Positional[Path]
    """Folder of sounds or videos, each with a motion file of its name, and a metadata.csv if you like."""
    out: tyro.conf.Positional[Path]
    """Clip folder to fill."""
    head: str = "flame"
    """Head whose parameters are to be learnt: flame, or flame:/path/to/FLAME2023.pkl."""
    source: str | None = None
    """Head that FLAME parameters and vertices in your files are of, where it is another one."""
    motion_fps: float | None = None
    """Frames a second of motion files that do not say it."""
    fps: float = 25.0
    """Frames a second of the clips; the prior and EMOTE that come with speechface have 25."""
    longest: float = 15.0
    """Seconds of a clip; longer recordings are cut where they are quiet."""
    corpus: str = "folder"
    """How the folder is laid out; see 'speechface list'."""
    quiet: bool = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Convert every recording, and say which were left out and why."""
    import sys

    from data_prep import corpora
    from data_prep.performed import Wanted, collect
    from speechface.errors import UserError
    from speechface.progress import bar

    a = arguments
    if not 1 <= a.fps <= 240 or a.longest < 2:
        raise UserError("--fps is between 1 and 240, --longest at least 2 seconds")
    found = list(corpora.recordings(a.corpus, a.recordings))
    wanted = Wanted(a.head, a.fps, a.longest, a.source, a.motion_fps)
    with bar("converting", a.quiet) as advance:
        clips, left = collect(a.out, found, a.recordings, wanted, advance)
    for name, why in left.items():
        print(f"left out: {name}: {why}", file=sys.stderr)
    if not a.quiet:
        hours = sum(clip.seconds for clip in clips) / 3600
        print(f"{a.out}: {len(clips)} clips of {len(found) - len(left)} recordings, {hours:.2f} hours; see CARD.md")
