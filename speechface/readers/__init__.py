"""Readers of curves that other programs wrote, one module a format: `SUFFIXES` and `read(path) -> Animation`.

Where several formats share a suffix, a reader's `recognises(path)` says whether a file is of its own; the one without it takes
what nobody recognises, and says what is wrong with it.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from speechface import plugins
from speechface.animation import Animation


def read(path: str | Path) -> Animation:
    """The animation in a file: by the reader that claims its suffix, or speechface's own `.npz`.

    Raises `UserError` for a file that is not what its suffix says.
    """
    reader = recognised(path)
    claiming = [reader] if reader else [one for one in _claiming(path) if not hasattr(one, "recognises")]
    return claiming[0].read(path) if claiming else Animation.load(path)


def recognised(path: str | Path) -> ModuleType | None:
    """The reader that recognises a file by what is in it; None if none does."""
    return next((one for one in _claiming(path) if hasattr(one, "recognises") and one.recognises(Path(path))), None)


def suffixes() -> set[str]:
    """Endings of all files that some reader claims, and of speechface's own."""
    return {".npz", *(suffix for name in plugins.names(__name__) for suffix in _plugin(name).SUFFIXES)}


def _claiming(path: str | Path) -> list[ModuleType]:
    suffix = Path(path).suffix.lower()
    return [reader for reader in map(_plugin, plugins.names(__name__)) if suffix in reader.SUFFIXES]


def _plugin(name: str) -> ModuleType:
    return plugins.load(__name__, name, "reader")
