"""Corpora: recordings on disk. One module each with `recordings(root) -> Iterator[Recording]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from data_prep.recording import Recording
from speechface import plugins
from speechface.errors import UserError


def available() -> list[str]:
    """Names of the kinds of corpus."""
    return plugins.names(__name__)


def recordings(kind: str, root: str | Path) -> Iterator[Recording]:
    """The recordings of a corpus of some kind; `UserError` for an unknown kind or a folder that is not one."""
    return plugins.load(__name__, kind, "corpus").recordings(Path(root))


def videos(kind: str, root: str | Path) -> list[Recording]:
    """The recordings of a corpus that have pictures, each under a name of its own; `UserError` also if there are none."""
    from data_prep.corpora.folder import VIDEOS

    found = [one for one in recordings(kind, root) if _pictures(one).suffix.lower() in VIDEOS]
    if not found:
        raise UserError(f"{root} holds no videos ({', '.join(sorted(VIDEOS))})")
    times = Counter(one.name for one in found)
    return [
        one if times[one.name] == 1 else replace(one, name=f"{one.name}-{_pictures(one).suffix[1:].lower()}")
        for one in found
    ]


def _pictures(recording: Recording) -> Path:
    return recording.film if recording.video or isinstance(recording.audio, Path) else Path()
