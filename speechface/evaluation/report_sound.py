"""What a sound is like before a face is judged by it: level, voice, how surely it was heard, and whether the mouth keeps time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from speechface.audio.windows import RATE

EARLY, LATE, LAG = 0.045, 0.125, 0.30
"""Seconds by which people let the mouth be before and after the sound before they notice, and within which is looked."""
VOICED, UNVOICED = 0.6, 0.2
"""Periodicity from which a frame is voiced, and share of voiced frames under which loud speech counts as whispered."""
SURE, VOWELS = 0.5, 0.15
"""Mean probability of the likeliest viseme under which speech was hardly understood (the 4th percentile of 166 clean
recordings of people), and of vowels over the whole sound under which hardly any was there (none of them was below .18)."""
RANGE = 12.0
"""Decibels between loud and quiet frames under which something drowns the pauses."""
FULL = 0.985
"""Amount of a sample from which it is at the end of its range."""
_FRAME, _STEP = 640, 320


def of_sound(samples: np.ndarray, clarity: Mapping[str, float]) -> dict[str, Any]:
    """Facts about 16 kHz samples (S,), and what is odd about them in words (`notes`).

    clarity: what `speechface.audio.articulate.clarity` said, or nothing.
    """
    if len(samples) < _FRAME or not np.any(samples):
        return {"level": None, "range": None, "voiced": None, "clipped": 0.0, **clarity, "notes": ["silence"]}
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float32), _FRAME)[::_STEP]
    level = 10.0 * np.log10(np.square(frames).mean(axis=1, dtype=np.float64) + 1e-12)
    loud, quiet = np.percentile(level, (95, 10))
    found: dict[str, Any] = {
        "level": round(float(loud), 1),
        "range": round(float(loud - quiet), 1),
        "voiced": round(_voiced(frames[level > loud - 25.0]), 3),
        "clipped": round(float((np.abs(samples) >= FULL).mean()), 5),
        **clarity,
    }
    return found | {"notes": _notes(found)}


def _voiced(frames: np.ndarray, chunk: int = 4096) -> float:
    """Share of frames (N, 640) with a period of 60 to 400 Hz: a normalised autocorrelation over `VOICED` (Boersma 1993)."""
    window = np.hanning(_FRAME)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2048)) ** 2)[:_FRAME]
    lags, voiced = slice(RATE // 400, RATE // 60 + 1), 0
    for first in range(0, len(frames), chunk):
        part = frames[first : first + chunk]
        power = np.abs(np.fft.rfft((part - part.mean(axis=1, keepdims=True)) * window, 2048)) ** 2
        like = np.fft.irfft(power)[:, :_FRAME]
        voiced += int(((like[:, lags] / (own[lags] / own[0])).max(axis=1) > VOICED * (like[:, 0] + 1e-9)).sum())
    return voiced / max(1, len(frames))


def _notes(found: Mapping[str, Any]) -> list[str]:
    speaks = found.get("vowels", 1.0) >= VOWELS
    said = {
        "hardly any speech in it": not speaks,
        "hardly understood: singing, music, coughs, or several people at once?": speaks
        and found.get("sure", 1.0) < SURE,
        "whispered": speaks and found.get("sure", 1.0) >= SURE and found["voiced"] < UNVOICED,
        f"only {found['range']:.0f} dB between speech and pauses": found["range"] < RANGE,
        "sound clipped": found["clipped"] > 1e-3,
        "very quiet": found["level"] < -45.0,
    }
    return [words for words, true in said.items() if true]


def in_step(gap: np.ndarray, times: np.ndarray, rate: float, samples: np.ndarray) -> dict[str, float | None]:
    """Correlation of the lips' opening (T,) with loudness in dB (SLCC), and the lag in seconds at which it is largest.

    The lag is found between frames by a parabola; positive: lips late. None where nothing can be said.
    """
    if len(times) < 2 * LAG * rate or not np.any(samples):
        return {"loudness_correlation": None, "sync_offset": None}
    width = max(1, round(RATE / rate))
    power = np.convolve(samples.astype(np.float64) ** 2, np.ones(width) / width, "same")
    level = 10.0 * np.log10(power[np.minimum((times * RATE).astype(int), len(samples) - 1)] + 1e-7)
    lags = np.arange(-round(LAG * rate), round(LAG * rate) + 1)
    found = np.array([
        _correlation(np.roll(gap, -lag)[_inside(lag, len(gap))], level[_inside(lag, len(gap))]) for lag in lags.tolist()
    ])  # fmt: skip
    best = int(np.argmax(found))
    return {
        "loudness_correlation": round(float(found[len(lags) // 2]), 3),
        "sync_offset": round((float(lags[best]) + _between(found, best)) / rate, 3) if found[best] > 0.2 else None,
    }


def astray(offset: float | None) -> bool:
    """Whether people would notice a mouth so many seconds after the sound."""
    return offset is not None and not -EARLY <= offset <= LATE


def _between(values: np.ndarray, best: int) -> float:
    """Where, from -0.5 to 0.5, the parabola through a maximum and its neighbours has its top."""
    if not 0 < best < len(values) - 1:
        return 0.0
    left, middle, right = values[best - 1 : best + 2]
    bend = left - 2.0 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _inside(lag: int, count: int) -> slice:
    return slice(max(0, -lag), count - max(0, lag))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 1e-12 else 0.0
