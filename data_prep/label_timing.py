"""How well phone labels fit their sound, in numbers: the lag between them, and how quiet silences and closures are.

`python -m data_prep.label_timing CLIP_FOLDER` prints medians over some clips of every source of a clip folder.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from speechface.clips import Clip, ClipFolder
from speechface.visemes import CLASSES, INDEX, SILENCE, VOWELS, Segment, framewise

RATE = 200.0
"""Frames a second of the comparison."""

_SONORITY = {
    "SIL": 0.0, "PBM": 0.15, "TD": 0.15, "KG": 0.15, "FV": 0.25, "TH": 0.25, "SZ": 0.3, "SH": 0.35, "HH": 0.35,
    "N": 0.55, "L": 0.7, "R": 0.75, "W": 0.7, "IY": 0.85, "UW": 0.85, "IH": 0.9, "AH": 0.9, "EH": 1.0, "AO": 1.0,
    "AE": 1.0, "AA": 1.0,
}  # fmt: skip
_SONORITIES = np.array([_SONORITY[name] for name in CLASSES])
_VOICELESS = frozenset("ptk")


@dataclass(frozen=True)
class Timing:
    """How labels fit.

    lag: seconds by which the sound comes after its labels (negative: before). correlation: of the label's sonority with
    the level at that lag. silence, closure: mean level inside labelled pauses, and the lowest level inside labelled
    p t k, both in dB under the median vowel.
    """

    lag: float
    correlation: float
    silence: float
    closure: float


def measure(samples: np.ndarray, rate: int, segments: Sequence[Segment], farthest: float = 0.1) -> Timing:
    """The timing of labels against a sound (S,) float32, with lags up to `farthest` seconds tried.

    The lag is that of the largest correlation between the level (dB, 60-4000 Hz) and the sonority of the labelled phones,
    found to a fraction of a frame by a parabola. Sonority scale after Clements (1990).
    """
    level = loudness(samples, rate)
    classes = framewise(segments, len(level), RATE)
    vowels = np.isin(classes, list(VOWELS))
    loud = float(np.median(level[vowels])) if vowels.any() else 0.0
    lag, correlation = _best_lag(np.maximum(level, loud - 45), _SONORITIES[np.maximum(classes, 0)], farthest)
    pauses = level[classes == SILENCE]
    dips = [
        level[round(s.start * RATE) : round(s.end * RATE)].min()
        for s in segments
        if s.phone.lower()[:1] in _VOICELESS
        and s.viseme in _STOPS
        and len(level[round(s.start * RATE) : round(s.end * RATE)])
    ]
    return Timing(
        lag=lag,
        correlation=correlation,
        silence=float(np.mean(pauses) - loud) if len(pauses) else float("nan"),
        closure=float(np.mean(dips) - loud) if dips else float("nan"),
    )


_STOPS = frozenset(INDEX[name] for name in ("PBM", "TD", "KG"))


def loudness(samples: np.ndarray, rate: int) -> np.ndarray:
    """(F,) dB between 60 and 4000 Hz at `RATE`; frame f covers 15 ms around (f + 0.5) / RATE seconds."""
    window = round(0.015 * rate)
    count = int(len(samples) / rate * RATE)
    middles = np.round((np.arange(count) + 0.5) / RATE * rate).astype(int)
    padded = np.pad(samples, (window // 2, window))
    frames = padded[middles[:, None] + np.arange(window)] * np.hanning(window).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, 1024)) ** 2
    frequencies = np.fft.rfftfreq(1024, 1 / rate)
    return 10 * np.log10(power[:, (frequencies > 60) & (frequencies < 4000)].sum(axis=1) + 1e-9)


def _best_lag(level: np.ndarray, sonority: np.ndarray, farthest: float) -> tuple[float, float]:
    reach = int(farthest * RATE)
    if len(level) < 4 * reach:
        return 0.0, 0.0
    inner = sonority[reach : len(sonority) - reach]
    scores = np.array([np.corrcoef(level[k : k + len(inner)], inner)[0, 1] for k in range(2 * reach + 1)])
    best = int(np.argmax(scores))
    if 0 < best < 2 * reach:
        before, at, after = scores[best - 1 : best + 2]
        bend = before - 2 * at + after
        shift = 0.5 * (before - after) / bend if bend else 0.0
    else:
        shift = 0.0
    return float((best + shift - reach) / RATE), float(scores[best])


def main(folder: str, each: int = 25) -> None:
    """Print the median timing of `each` clips of every source, spread over the folder; eSpeak's by language."""
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in ClipFolder.read(folder).clips:
        source = str(clip.about.get("source", ""))
        groups[f"espeak {clip.about.get('language')}" if source.startswith("espeak") else source].append(clip)
    print(f"{'':36}{'clips':>6}{'hours':>7}{'lag ms':>8}{'10 %':>7}{'90 %':>7}{'corr.':>7}{'silence':>9}{'closure':>9}")
    for name, clips in sorted(groups.items()):
        some = clips[:: max(1, len(clips) // each)][:each]
        values = np.array([astuple(measure(clip.audio(), 16000, clip.phones())) for clip in some])
        lag, correlation, silence, closure = np.nanmedian(values, axis=0)
        low, high = 1000 * np.quantile(values[:, 0], (0.1, 0.9))
        hours = sum(clip.seconds for clip in clips) / 3600
        print(
            f"{name:36}{len(clips):6}{hours:7.2f}{1000 * lag:8.1f}{low:7.1f}{high:7.1f}{correlation:7.2f}"
            f"{silence:9.0f}{closure:9.0f}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
