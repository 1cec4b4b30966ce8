"""Where consonants close and open: boundaries moved to what is heard, within narrow limits.

The lips of a /p/ are shut before it is heard, and those of a /b/ open when its voice brightens. Labels that come from
a synthesiser's plan or from an aligner's frames miss both by 20 to 70 ms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speechface.visemes import INDEX, SILENCE, VOWELS, Segment

LONGEST, LONGEST_AFTER_PAUSE = 0.110, 0.060
"""Seconds a closure may reach back into the phone before it, or into a pause before it."""

_HOP = 0.0025
_QUIET, _QUIETER = 0.006, 0.12
_SPARED = 0.020
_OBSTRUENT = frozenset(INDEX[name] for name in ("PBM", "FV", "TH", "TD", "SZ", "SH", "KG", "HH"))
_STOPPED = frozenset(INDEX[name] for name in ("PBM", "TD", "N", "KG"))
_SOUNDING = VOWELS | {INDEX[name] for name in ("L", "R", "W")}
_VOICELESS = frozenset("ptkcqʈPTKC")
_STOPS = _VOICELESS | frozenset("bdgɡɖɟBDG")
_LEAST = 12
_BAND = (600.0, 4500.0)
_BLOCK = 4096


def reach_back(samples: np.ndarray, rate: int, segments: Sequence[Segment]) -> list[Segment]:
    """Segments in which stops, and fricatives inside speech, begin where the silence right before them begins.

    samples: (S,) float32 at `rate`. Some synthesisers, eSpeak above all, name a voiceless stop at its release and
    leave the 50 to 75 ms of closure to the phone before, which keeps at least 20 ms. Silence is what lies 44 dB under
    the loud parts of the sound, or 18 dB under the phone before.
    """
    level = _level(samples, rate)
    silent = _QUIET * np.percentile(level, 95) if len(level) else 0.0
    starts = [segment.start for segment in segments]
    for index in range(1, len(segments)):
        before, segment = segments[index - 1], segments[index]
        if segment.viseme not in _OBSTRUENT:
            continue
        if before.viseme == SILENCE:
            # A pause is silent whatever follows it; only a stop is known to be shut before it sounds.
            if segment.phone[:1] not in _STOPS:
                continue
            earliest = max(segment.start - LONGEST_AFTER_PAUSE, starts[index - 1])
        else:
            earliest = max(segment.start - LONGEST, starts[index - 1] + _SPARED)
        inside = level[round(starts[index - 1] / _HOP) : round(segment.start / _HOP)]
        quiet = level < max(silent, _QUIETER * np.percentile(inside, 75) if len(inside) else 0.0)
        named = min(int(segment.start / _HOP), len(level))
        # The burst may already sound for a moment when the phone is named.
        burst = next((frame for frame in range(named, max(named - 4, 0), -1) if quiet[frame - 1]), 0)
        frame = burst
        while frame > 0 and quiet[frame - 1] and (frame - 1) * _HOP >= earliest:
            frame -= 1
        if frame < burst:
            starts[index] = min(frame * _HOP, segment.start)
    return _with_starts(segments, starts)


def settle_releases(
    samples: np.ndarray, rate: int, segments: Sequence[Segment], earliest: float = 0.045, latest: float = 0.005
) -> list[Segment]:
    """Segments in which voiced stops and nasals end where the sound brightens into the vowel or glide after them.

    The boundary moves to the steepest rise of the level between 600 and 4500 Hz, at most `earliest` seconds back and
    `latest` seconds on, and leaves the consonant at least 20 ms. samples: (S,) float32 at `rate`.
    """
    rise = _rise(samples, rate)
    starts = [segment.start for segment in segments]
    for index in range(1, len(segments)):
        before, segment = segments[index - 1], segments[index]
        if before.viseme not in _STOPPED or segment.viseme not in _SOUNDING or before.phone[:1] in _VOICELESS:
            continue
        first = max(segment.start - earliest, starts[index - 1] + _SPARED)
        last = min(segment.start + latest, segment.end - _SPARED)
        low, high = round(first / _HOP), round(last / _HOP) + 1
        if low < high <= len(rise):
            steepest = low + int(np.argmax(rise[low:high]))
            if rise[steepest] > 3.0:
                starts[index] = steepest * _HOP
    return _with_starts(segments, starts)


def trim_pauses(samples: np.ndarray, rate: int, segments: Sequence[Segment]) -> list[Segment]:
    """Segments in which vowels, glides and /n/ beside a pause last only while they are heard, at least 30 ms.

    An aligner likes to give the pause around a word to its first and last phone. Heard is what lies less than 30 dB
    under the phone's loud part and 6 dB over the noise of the pause. samples: (S,) float32 at `rate`.
    """
    level = 20 * np.log10(_level(samples, rate) + 1e-6)
    starts = [segment.start for segment in segments]
    for index in range(1, len(segments)):
        before, after = segments[index - 1], segments[index]
        if (before.viseme == SILENCE) == (after.viseme == SILENCE):
            continue
        pause, phone = (before, after) if before.viseme == SILENCE else (after, before)
        inside = level[round(phone.start / _HOP) : round(phone.end / _HOP)]
        if phone.viseme not in _SOUNDING | {INDEX["N"]} or len(inside) < 2 * _LEAST:
            continue
        top = np.percentile(inside, 90)
        around = level[round(pause.start / _HOP) : round(pause.end / _HOP)]
        noise = np.median(around) + 6 if len(around) else -np.inf
        heard = np.flatnonzero(inside > min(max(top - 30, noise), top - 15))
        if not len(heard):
            continue
        if pause is before:
            starts[index] = max(phone.start, phone.start + min(heard[0], len(inside) - _LEAST) * _HOP)
        else:
            starts[index] = min(phone.end, phone.start + max(heard[-1] + 1, _LEAST) * _HOP)
    return _with_starts(segments, starts)


def _with_starts(segments: Sequence[Segment], starts: Sequence[float]) -> list[Segment]:
    """The segments with new starts, each ending where the next begins; those left without length are dropped."""
    ends = [*starts[1:], *(segment.end for segment in segments[-1:])]
    moved = (segment._replace(start=a, end=b) for segment, a, b in zip(segments, starts, ends, strict=True))
    return [segment for segment in moved if segment.end > segment.start]


def _level(samples: np.ndarray, rate: int) -> np.ndarray:
    """(F,) root mean square of every 2.5 ms."""
    edges = np.round(np.arange(int(len(samples) / rate / _HOP) + 1) * _HOP * rate).astype(int)
    power = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    return np.sqrt(np.diff(power[edges]) / np.maximum(np.diff(edges), 1))


def _rise(samples: np.ndarray, rate: int) -> np.ndarray:
    """(F,) dB by which the middle band grows within 20 ms around each multiple of 2.5 ms."""
    count = int(len(samples) / rate / _HOP)
    blocks = [_brightness(samples, rate, first, min(first + _BLOCK, count)) for first in range(0, count, _BLOCK)]
    level = np.concatenate([np.zeros(0), *blocks])
    around = 4
    rise = np.zeros(count)
    rise[around:-around] = level[2 * around :] - level[: -2 * around]
    return rise


def _brightness(samples: np.ndarray, rate: int, first: int, last: int) -> np.ndarray:
    """(last - first,) dB of the middle band in 10 ms around frames `first` to `last`."""
    window = round(0.010 * rate)
    starts = np.round(np.arange(first, last) * _HOP * rate).astype(int) - window // 2
    inside = np.clip(starts[:, None] + np.arange(window), 0, len(samples) - 1)
    power = np.abs(np.fft.rfft(samples[inside] * np.hanning(window).astype(np.float32), 512)) ** 2
    frequencies = np.fft.rfftfreq(512, 1 / rate)
    return 10 * np.log10(power[:, (frequencies > _BAND[0]) & (frequencies < _BAND[1])].sum(axis=1) + 1e-6)
