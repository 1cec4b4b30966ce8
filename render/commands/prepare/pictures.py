"""Take pictures of clips with motion, on many heads, in many lights and poses, for nets that watch to learn from.

Example:
  speechface prepare pictures clips/synthetic pictures/mouth --view mouth --hours 1
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tyro

SHARES = {"train": 1.0, "validation": 0.08, "test": 0.12}
"""Hours of each split for an hour of training."""
KEPT_STYLES = 4
"""The last styles of a corpus, kept out of training."""


@dataclass(frozen=True)
class Arguments:
    """What to photograph."""

    clips: tyro.conf.Positional[Path]
    """Clip folder with motion.npz in FLAME's parameters."""
    out: tyro.conf.Positional[Path]
    """Folder to make."""
    view: str = "mouth"
    """mouth (88 x 88, for lip readers) or face (for nets that judge feelings)."""
    hours: float = 1.0
    """Hours of speech to show for training; a fifth more is kept for tests."""
    size: int | None = None
    """Pixels a side; 88 for mouths and 112 for faces by default."""
    every: int | None = None
    """Show every so many frames; 1 for mouths and 3 for faces by default."""
    styles: int = 32
    """Speaking styles in the corpus; the last four are kept out of training."""
    seed: int = 0
    """Where in the corpus to begin: other seeds show other clips."""


def run(arguments: Arguments) -> None:
    """Photograph, and say how much there is."""
    from render.studio import Studio
    from speechface.clips import Clip, ClipFolder
    from speechface.errors import UserError
    from speechface.perception.album import chosen, fill
    from speechface.progress import bar

    a = arguments
    if a.hours <= 0 or (a.every or 1) < 1 or (a.size or 16) < 16:
        raise UserError("--hours takes a number above 0, --every one from 1, --size one from 16")
    folder, faces = ClipFolder.read(a.clips), a.view == "face"
    wanted: list[tuple[Clip, str, bool]] = []
    for split, share in SHARES.items():
        clips = folder.split(split)
        if split == "train":
            clips = [clip for clip in clips if int(clip.about.get("style", 0)) < a.styles - KEPT_STYLES]
        some = list(chosen(clips[a.seed % 7 :], share * a.hours))
        wanted += [(clip, split, split != "test" or number % 2 == 0) for number, clip in enumerate(some)]

    studio = Studio(a.view, a.size or (112 if faces else None))
    with bar(f"taking pictures of {len(wanted)} clips") as advance:

        def watched() -> Iterator[tuple[Clip, str, bool]]:
            for number, one in enumerate(wanted):
                yield one
                advance((number + 1) / len(wanted))

        album = fill(a.out, watched(), studio, a.every or (3 if faces else 1))
    print(f"{a.out}: {len(album.pictures)} pictures of {len(album.photos)} clips, {album.fps:.3g} a second")
