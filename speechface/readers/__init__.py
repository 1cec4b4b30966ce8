"""Readers of curves that other programs wrote, one module a format: `SUFFIXES` and `read(path) -> Animation`."""

from __future__ import annotations

from pathlib import Path

from speechface import plugins
from speechface.animation import Animation


def read(path: str | Path) -> Animation:
    """The animation in a file: by the reader that claims its suffix, or speechface's own `.npz`.

    Raises `UserError` for a file that is not what its suffix says.
    """
    suffix = Path(path).suffix.lower()
    for name in plugins.names(__name__):
        reader = plugins.load(__name__, name, "reader")
        if suffix in reader.SUFFIXES:
            return reader.read(path)
    return Animation.load(path)
