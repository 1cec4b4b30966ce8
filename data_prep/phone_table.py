"""Phone tables of clip folders: one line a phone, tab-separated, with a header."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from speechface.visemes import CLASSES, Segment

_COLUMNS = ("start", "end", "phone", "viseme")
_UNKNOWN = "?"


def write_phones(path: str | Path, segments: Sequence[Segment]) -> None:
    """Write start, end (seconds), phone and viseme class of every segment as tab-separated text."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("\t".join(_COLUMNS) + "\n")
        for start, end, phone, viseme in segments:
            name = CLASSES[viseme] if viseme >= 0 else _UNKNOWN
            file.write(f"{start:.4f}\t{end:.4f}\t{phone.strip() or 'sil'}\t{name}\n")
