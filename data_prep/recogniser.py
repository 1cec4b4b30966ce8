"""PocketSphinx: the decoder behind alignment, with the English acoustic model and dictionary of its wheel.

Times inside are frames of 10 ms; `seconds` gives the boundary before a frame. Source: PocketSphinx 5 documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.pronunciation import pronounce
from speechface.errors import UserError

RATE = 16000
_FRAMES_A_SECOND = 100
_BOUNDARY = 0.0078
"""Seconds from the start of a frame's hop to the middle between it and the frame before: windows are 25.6 ms long."""

_BEAMS = {"beam": 1e-150, "pbeam": 1e-150, "wbeam": 1e-120}
_FREE = {"lw": 2.0, "beam": 1e-20, "pbeam": 1e-20}


class Span(NamedTuple):
    """A word or phone from frame `start` up to, not including, frame `end`; score: its log likelihood."""

    name: str
    start: int
    end: int
    score: float


class Found(NamedTuple):
    """A word (`<sil>` and the like for pauses) and its phones."""

    word: Span
    phones: tuple[Span, ...]


def seconds(frame: int) -> float:
    """Time of the boundary before a frame."""
    return frame / _FRAMES_A_SECOND + _BOUNDARY


def find_words(samples: np.ndarray, words: Sequence[str]) -> list[Span] | None:
    """Where the words lie in a sound (S,) float32 at 16 kHz, pauses among them; None if no path fits.

    Words that the dictionary lacks are pronounced by rule.
    """
    decoder = _aligner()
    for word in words:
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, " ".join(pronounce(word)), True)
    decoder.set_align_text(" ".join(words))
    if not _run(decoder, _pcm(samples)) or decoder.hyp() is None:
        return None
    return [Span(_base(item.word), item.start_frame, item.end_frame + 1, item.ascore) for item in decoder.seg()]


def find_phones(samples: np.ndarray, words: Sequence[str]) -> list[Found] | None:
    """The words and their phones in a sound (S,) float32 at 16 kHz; None if no path fits. Good for up to half a minute."""
    if find_words(samples, words) is None:
        return None
    decoder = _aligner()
    # PocketSphinx keeps the result of the first pass as the frame of the second.
    decoder.set_alignment()
    if not _run(decoder, _pcm(samples)):
        return None
    # The alignment must stay referenced while it is walked: entries point into it.
    alignment = decoder.get_alignment()
    return [Found(_span(word), tuple(_span(phone) for phone in word)) for word in alignment]


def free_phones(samples: np.ndarray) -> list[Span]:
    """The phones heard in a sound (S,) float32 at 16 kHz without any text, by a phone language model."""
    decoder = _listener()
    if not _run(decoder, _pcm(samples)) or decoder.hyp() is None:
        return []
    return [Span(item.word, item.start_frame, item.end_frame + 1, item.ascore) for item in decoder.seg()]


def is_pause(name: str) -> bool:
    """Whether a word or phone is silence, noise or an edge of the text rather than speech."""
    return name == "SIL" or not name[:1].isalpha()


def _run(decoder, pcm: bytes) -> bool:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    try:
        decoder.end_utt()
    except RuntimeError:  # no path reached the end
        return False
    return True


def _pcm(samples: np.ndarray) -> bytes:
    """16 bit samples at an even level, with a breath of noise because digital silence has no logarithm."""
    loudest = float(np.abs(samples).max(initial=1e-4))
    noise = np.random.default_rng(0).standard_normal(len(samples)) * 2.0
    return np.clip(np.round(samples / loudest * 16000 + noise), -32768, 32767).astype("<i2").tobytes()


def _span(entry) -> Span:
    return Span(_base(entry.name), entry.start, entry.start + entry.duration, entry.score)


def _base(name: str) -> str:
    """A word without the number of its pronunciation: 'and(2)' is 'and'."""
    return name.partition("(")[0]


@cache
def _aligner():
    # Without bestpath: the word lattice can give a word fewer frames than its phones need.
    model = _model()
    return _pocketsphinx().Decoder(
        hmm=str(model / "en-us"),
        dict=str(model / "cmudict-en-us.dict"),
        lm=None,
        bestpath=False,
        loglevel="FATAL",
        **_BEAMS,
    )


@cache
def _listener():
    model = _model()
    return _pocketsphinx().Decoder(
        hmm=str(model / "en-us"), lm=None, allphone=str(model / "en-us-phone.lm.bin"), loglevel="FATAL", **_FREE
    )


def _model() -> Path:
    return Path(_pocketsphinx().get_model_path()) / "en-us"


def _pocketsphinx():
    try:
        import pocketsphinx
    except ImportError as error:
        raise UserError("alignment needs PocketSphinx; run 'pip install pocketsphinx'") from error
    return pocketsphinx
