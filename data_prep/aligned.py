"""Phones for recordings that come with text alone: aligned once, kept in a cache folder."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from data_prep.alignment import align
from data_prep.labels import read_labels
from data_prep.phone_table import write_phones
from data_prep.recording import Recording
from speechface.errors import UserError
from speechface.files import writing


def aligned(recordings: Iterable[Recording], cache: str | Path, workers: int = 1) -> Iterator[Recording]:
    """The recordings, in order, with segments and a score wherever they had only an English text.

    Where the text cannot be fitted into the sound at all the score is 0 and there are no segments; callers drop what
    scores below `data_prep.alignment.FITS`. cache: a folder of tables, one a recording, read again if text and file are
    the same. Recordings without a text, or not in English, pass unchanged. Raises `UserError` for unreadable sounds.
    """
    work: Callable[[Recording], Recording] = partial(_aligned, cache=Path(cache))
    if workers <= 1:
        yield from map(work, recordings)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, recordings, chunksize=4)


def _aligned(recording: Recording, cache: Path) -> Recording:
    if recording.segments is not None or not recording.text or recording.language != "en":
        return recording
    path = cache / f"{recording.name}-{_fingerprint(recording):08x}.tsv"
    if not path.exists():
        _keep(path, recording)
    score = float(path.with_suffix(".score").read_text())
    segments = tuple(read_labels(path)) if score > 0 else None
    return replace(recording, segments=segments, score=score)


def _keep(path: Path, recording: Recording) -> None:
    """Align a recording and write its table and score; the table comes last, so that its presence says both are there."""
    try:
        found = align(recording.samples(), recording.text or "")
        segments, score = found.segments, found.score
    except UserError:
        segments, score = (), 0.0
    with writing(path.with_suffix(".score")) as part:
        part.write_text(f"{score:.4f}\n")
    with writing(path) as part:
        write_phones(part, segments)


def _fingerprint(recording: Recording) -> int:
    size = recording.audio.stat().st_size if isinstance(recording.audio, Path) else recording.audio.size
    return zlib.crc32(f"{size} {recording.text}".encode())
