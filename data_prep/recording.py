"""`Recording`: somebody saying something, from whatever corpus, with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechface.audio.load import read
from speechface.errors import UserError
from speechface.visemes import Segment


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording of a corpus.

    name: unique in its corpus, fit for a folder's name. audio: a sound or video file, or (S,) float32 samples at 16 kHz.
    emotion: a label of `speechface.emotion`, intensity 0..1. split: where the corpus itself says so. text: what is said.
    video: the film, where the sound lies in a file of its own. consent: what the people in it have agreed to, in words.
    segments: its phones, from 0 to its end. score: 0..1, how well they fit the sound where a program has put them.
    """

    name: str
    audio: Path | np.ndarray
    speaker: str
    licence: str
    source: str
    language: str = "en"
    emotion: str | None = None
    intensity: float | None = None
    split: str | None = None
    text: str | None = None
    segments: tuple[Segment, ...] | None = None
    score: float | None = None
    video: Path | None = None
    consent: str | None = None

    @property
    def film(self) -> Path:
        """The file with the pictures; `UserError` if there is none."""
        if self.video is not None:
            return self.video
        if isinstance(self.audio, Path):
            return self.audio
        raise UserError(f"recording {self.name} has no pictures")

    def samples(self) -> np.ndarray:
        """(S,) float32 mono samples at 16 kHz; `UserError` if the file cannot be read."""
        return self.audio if isinstance(self.audio, np.ndarray) else read(self.audio)
