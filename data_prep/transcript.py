"""What somebody says in a recording, given as a text or as a file, turned into phones whose times are known."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.alignment import FITS, align
from data_prep.labels import SUFFIXES, read_labels, read_text
from speechface.errors import UserError
from speechface.visemes import Segment


class Transcript(NamedTuple):
    """Phones in seconds, or None where the text is not what is heard; score: 0..1 of the alignment, 1 for labels."""

    segments: tuple[Segment, ...] | None
    score: float


def find(text: str | Path, sound: str | Path | None = None) -> str | Path:
    """The text or file meant: a folder stands for the file in it that is named like the sound.

    Raises `UserError` for a folder without one, and for what looks like a file and is not there.
    """
    path = Path(text)
    if len(str(text)) > 200 or "\n" in str(text):
        return str(text)
    if path.is_dir():
        stem = Path(sound).stem if sound else ""
        for suffix in (*SUFFIXES, ".txt"):
            if stem and (path / f"{stem}{suffix}").is_file():
                return path / f"{stem}{suffix}"
        raise UserError(
            f"{path} holds no text for {Path(sound).name if sound else 'the sound'}; give {stem}.txt or .TextGrid"
        )
    if path.is_file():
        return path
    if path.suffix in (*SUFFIXES, ".txt"):
        raise UserError(f"no such file: {path}")
    return str(text)


def read(samples: np.ndarray, text: str | Path) -> Transcript:
    """Phones of 16 kHz samples (S,): read from a label file, or found by aligning an English text (or .txt) with the sound.

    Raises `UserError` for files that hold neither, and where PocketSphinx is not installed.
    """
    if isinstance(text, Path):
        if text.suffix != ".txt":
            try:
                return Transcript(tuple(read_labels(text)), 1.0)
            except UserError:
                if text.suffix.lower() not in (".textgrid", ".lab"):
                    raise
        words = read_text(text)
        if not words:
            raise UserError(f"{text} holds no words")
    else:
        words = text
    if not any(letter.isalpha() for letter in words):
        raise UserError("the text has no words to align")
    try:
        found = align(samples, words)
    except UserError as error:
        if "does not fit" not in str(error):
            raise
        return Transcript(None, 0.0)
    return Transcript(found.segments if found.score >= FITS else None, found.score)
