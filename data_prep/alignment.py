"""Forced alignment: where the words and phones of an English text lie in the sound of somebody saying it.

PocketSphinx finds the path twice, half a frame apart, and the boundaries are averaged; voiced releases and the edges
of pauses are then settled on what is heard. A score tells whether the text is what was said: the likelihood of the
aligned phones against that of the phones heard without any text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data_prep import recogniser
from data_prep.closures import settle_releases, trim_pauses
from data_prep.recogniser import RATE, Found, Span
from data_prep.spoken import words as spoken_words
from speechface.errors import UserError
from speechface.visemes import SILENCE, Segment, from_arpabet

FITS = 0.5
"""Scores above this mean that the text was said; see `_fitness`."""

_CHUNK, _SHORTEST_PAUSE = 15.0, 0.2
_HALF_FRAME = 0.005
_MIDDLE, _WIDTH = -33.0, 5.0


class Word(NamedTuple):
    """A word of the text in time, and how well it fits the sound there, 0..1."""

    text: str
    start: float
    end: float
    score: float


@dataclass(frozen=True)
class Alignment:
    """Phones and words of a text in seconds. score: 0..1, whether the text is what was said (over `FITS`) or not."""

    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    score: float


def align(samples: np.ndarray, text: str) -> Alignment:
    """Align an English text with a sound (S,) float32 at 16 kHz of any length.

    Long sounds are cut at pauses found in a first pass over the whole. Segments are ARPAbet without stress and fill the
    sound from 0 to its end. Raises `UserError` where the text has no words, cannot be fitted into the sound at all, or
    PocketSphinx is not installed.
    """
    words = spoken_words(text)
    if not words:
        raise UserError("the text has no words to align")
    pieces = [_align_chunk(samples[a:b], part, a / RATE) for a, b, part in _chunks(samples, words)]
    phones = [phone for piece in pieces for phone in piece.phones]
    duration = len(samples) / RATE
    segments = _segments(phones, duration)
    segments = settle_releases(samples, RATE, segments, earliest=0.020, latest=0.010)
    segments = trim_pauses(samples, RATE, segments)
    scored = [word for piece in pieces for word in piece.words]
    length = sum(word.end - word.start for word in scored)
    score = sum(word.score * (word.end - word.start) for word in scored) / length
    return Alignment(tuple(segments), tuple(scored), score)


def decode_phones(samples: np.ndarray) -> list[Segment]:
    """Phones heard in a sound (S,) float32 at 16 kHz without knowing the text, in ARPAbet; six in ten are right."""
    heard = recogniser.free_phones(samples)
    phones = [_Phone(span.name, recogniser.seconds(span.start), recogniser.seconds(span.end)) for span in heard]
    return _segments(phones, len(samples) / RATE)


class _Phone(NamedTuple):
    name: str
    start: float
    end: float


class _Piece(NamedTuple):
    phones: list[_Phone]
    words: list[Word]


def _chunks(samples: np.ndarray, words: Sequence[str]) -> list[tuple[int, int, list[str]]]:
    """(first sample, end sample, words) of pieces of a sound that can be aligned one by one."""
    if len(samples) <= _CHUNK * RATE:
        return [(0, len(samples), list(words))]
    spans = recogniser.find_words(samples, words)
    if spans is None:
        raise UserError("the text does not fit the sound; check that they belong together")
    chunks: list[tuple[int, int, list[str]]] = []
    begin, held = 0, []
    for index, span in enumerate(spans):
        if not recogniser.is_pause(span.name):
            held.append(span.name)
        middle = round((recogniser.seconds(span.start) + recogniser.seconds(span.end)) / 2 * RATE)
        pause = recogniser.is_pause(span.name) and recogniser.seconds(span.end - span.start) > _SHORTEST_PAUSE
        # The next pause may come too late: cut at the last one before a chunk grows beyond its length.
        if held and pause and _next_pause(spans, index) * RATE - begin > _CHUNK * RATE:
            chunks.append((begin, middle, held))
            begin, held = middle, []
    if held:
        chunks.append((begin, len(samples), held))
    else:
        first, _, last = chunks[-1]
        chunks[-1] = (first, len(samples), last)
    return chunks


def _next_pause(spans: Sequence[Span], index: int) -> float:
    """Seconds at which the pause after the one at `index` ends, or the last span."""
    for span in spans[index + 1 :]:
        if recogniser.is_pause(span.name) and recogniser.seconds(span.end - span.start) > _SHORTEST_PAUSE:
            return recogniser.seconds(span.end)
    return recogniser.seconds(spans[-1].end)


def _align_chunk(samples: np.ndarray, words: Sequence[str], offset: float) -> _Piece:
    found = recogniser.find_phones(samples, words)
    if found is None:
        raise UserError("the text does not fit the sound; check that they belong together")
    shifted = recogniser.find_phones(np.concatenate([np.zeros(round(_HALF_FRAME * RATE)), samples]), words)
    phones = _phones(found, offset)
    if shifted:
        again = _phones(shifted, offset - _HALF_FRAME)
        if [phone.name for phone in again] == [phone.name for phone in phones]:
            pairs = zip(phones, again, strict=True)
            phones = [_Phone(a.name, (a.start + b.start) / 2, (a.end + b.end) / 2) for a, b in pairs]
    fitness = _fitness(found, recogniser.free_phones(samples))
    scored = [
        Word(
            word.name,
            recogniser.seconds(word.start) + offset,
            recogniser.seconds(word.end) + offset,
            _probability(float(np.mean(fitness[word.start : word.end]))),
        )
        for word, _ in found
        if not recogniser.is_pause(word.name)
    ]
    return _Piece(phones, scored)


def _phones(found: Sequence[Found], offset: float) -> list[_Phone]:
    spans = [phone for _, phones in found for phone in phones]
    return [_Phone(s.name, recogniser.seconds(s.start) + offset, recogniser.seconds(s.end) + offset) for s in spans]


def _fitness(found: Sequence[Found], heard: Sequence[Span]) -> np.ndarray:
    """(F,) log likelihood of the aligned phones over that of the phones heard, by frame.

    Right texts have a mean of -10 to -27 over their speech, wrong ones of -41 to -75 (measured on `speech_many`).
    """
    count = max(found[-1].word.end, heard[-1].end if heard else 0)
    fitness = np.zeros(count)
    for span in (phone for _, phones in found for phone in phones):
        fitness[span.start : span.end] += span.score / max(span.end - span.start, 1)
    for span in heard:
        fitness[span.start : span.end] -= span.score / max(span.end - span.start, 1)
    return fitness


def _probability(fitness: float) -> float:
    return float(1 / (1 + np.exp(-(fitness - _MIDDLE) / _WIDTH)))


def _segments(phones: Sequence[_Phone], duration: float) -> list[Segment]:
    """Segments from 0 to the end of the sound, pauses in a row made one."""
    segments: list[Segment] = []
    for index, phone in enumerate(phones):
        start = phone.start if index else 0.0
        end = phones[index + 1].start if index + 1 < len(phones) else duration
        end = min(end, duration)
        if end <= start:
            continue
        if not recogniser.is_pause(phone.name):
            segments += from_arpabet(start, end, phone.name)
        elif segments and segments[-1].viseme == SILENCE:
            segments[-1] = segments[-1]._replace(end=end)
        else:
            segments.append(Segment(start, end, "SIL", SILENCE))
    return segments
