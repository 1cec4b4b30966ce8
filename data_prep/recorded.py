"""Recorded speech: a clip folder of recordings of any corpus, with phones, held out by speaker."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from data_prep import cards
from data_prep.aligned import aligned
from data_prep.alignment import FITS
from data_prep.clip_folder import Clip, finished_seconds, write_clip, write_index
from data_prep.recording import Recording
from speechface.errors import UserError
from speechface.visemes import Segment

HELD_OUT = 0.1
"""Share of speakers in validation, and in test."""


def collect(
    out: str | Path,
    recordings: Iterable[Recording],
    cache: str | Path,
    workers: int = 1,
    least: float = FITS,
    progress: Callable[[int], None] | None = None,
) -> list[Clip]:
    """Fill a clip folder with recordings and return its clips; a run that was stopped goes on where it was.

    Recordings with only a text are aligned (kept in the `cache` folder); those that score under `least`, or have no
    phones at all, are left out and counted in CARD.md. Splits are the corpus' own, or drawn by the speaker's name.
    progress: called with the number of recordings done. Raises `UserError` if no recording is fit.
    """
    out = Path(out)
    clips: list[Clip] = []
    dropped: Counter[str] = Counter()
    for done, recording in enumerate(aligned(recordings, cache, workers), start=1):
        if recording.segments is None or (recording.score is not None and recording.score < least):
            dropped[recording.source] += 1
        else:
            clips.append(_write(out, recording, recording.segments))
        if progress:
            progress(done)
    if not clips:
        raise UserError("none of the recordings has phones that fit; check that texts and sounds belong together")
    write_index(out, clips, cards.of_recorded(clips, dropped, least))
    return clips


def _write(out: Path, recording: Recording, segments: Sequence[Segment]) -> Clip:
    seconds = finished_seconds(out, recording.name)
    if seconds is None:
        seconds = write_clip(out, recording.name, recording.samples(), segments)
    return Clip(
        name=recording.name,
        speaker=recording.speaker,
        language=recording.language,
        text=recording.text or "",
        seconds=round(seconds, 4),
        source=recording.source,
        licence=recording.licence,
        split=recording.split or split_of(recording.speaker),
        score=recording.score,
        emotion=_emotion(recording),
    )


def _emotion(recording: Recording) -> str | None:
    """As `Emotion.parse` reads it: 'sad:0.67'."""
    if recording.emotion is None or recording.intensity is None:
        return recording.emotion
    return f"{recording.emotion}:{recording.intensity:g}"


def split_of(speaker: str) -> str:
    """The split of a speaker, drawn by name alone: the same in every corpus and every run."""
    place = zlib.crc32(speaker.encode()) / 2**32
    return "test" if place < HELD_OUT else "validation" if place < 2 * HELD_OUT else "train"
