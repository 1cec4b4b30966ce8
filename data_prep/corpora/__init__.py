"""Corpora: recordings on disk. One module each with `recordings(root) -> Iterator[Recording]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data_prep.recording import Recording
from speechface import plugins


def available() -> list[str]:
    """Names of the kinds of corpus."""
    return plugins.names(__name__)


def recordings(kind: str, root: str | Path) -> Iterator[Recording]:
    """The recordings of a corpus of some kind; `UserError` for an unknown kind or a folder that is not one."""
    return plugins.load(__name__, kind, "corpus").recordings(Path(root))
