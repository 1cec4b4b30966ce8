"""`Demands`: what the sounds of speech ask of the lips, and when. The mouth's part of the contract with the listener's eye.

They come from phones whose times are known, or from what the encoder hears: a net that must choose between 21 classes
gives a quiet m a fifth and the next vowel a half, and a face in doubt does neither. Here a sound in doubt counts by how it
compares with what would open the lips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from speechface.visemes import BILABIAL, LABIODENTAL, SILENCE, VOWELS, Segment

KINDS = ("touch", "tuck", "part", "rest")
TOUCH_FROM, TUCK_FROM, PART_FROM, REST_FROM = 0.36, 0.30, 0.40, 0.70
"""Scores from which a sound counts, chosen on recordings of people that neither net was trained on (docs/lips.md)."""
DOUBT = 0.1
"""Weight of other consonants against p b m and f v: they are taken for one another more than they look alike."""
PAUSE, PAUSE_EDGE = 0.22, 0.08
"""Seconds from which silence is a pause, and of either end of it in which the mouth is on its way."""


def _none() -> np.ndarray:
    return np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Demands:
    """Spans (n, 2) of seconds, start and end: where lips touch (p b m), where the lower lip is under the teeth (f v),
    where the lips are apart (vowels), and where the mouth rests (pauses)."""

    touch: np.ndarray = field(default_factory=_none)
    tuck: np.ndarray = field(default_factory=_none)
    part: np.ndarray = field(default_factory=_none)
    rest: np.ndarray = field(default_factory=_none)

    @staticmethod
    def of_phones(segments: Iterable[Segment]) -> Demands:
        """Of phones whose times are known: the middle 60 % of a sound is what counts."""
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
        for start, end, _, viseme in segments:
            core = (start + 0.2 * (end - start), end - 0.2 * (end - start))
            if viseme == BILABIAL:
                found["touch"].append(core)
            elif viseme == LABIODENTAL:
                found["tuck"].append(core)
            elif viseme in VOWELS:
                found["part"].append(core)
            elif viseme == SILENCE and end - start >= PAUSE:
                found["rest"].append((start + PAUSE_EDGE, end - PAUSE_EDGE))
        return Demands(**{kind: np.array(spans).reshape(-1, 2) for kind, spans in found.items()})

    @staticmethod
    def heard(posteriors: np.ndarray, rate: float) -> Demands:
        """Of viseme posteriors (N, 21), row n at (n + 0.5) / rate seconds."""
        vowels = posteriors[:, sorted(VOWELS)].sum(axis=1)
        closed, tucked = (posteriors[:, viseme] for viseme in (BILABIAL, LABIODENTAL))
        others = np.maximum(1.0 - posteriors[:, SILENCE] - closed - tucked - vowels, 0.0)
        against = vowels + DOUBT * others + 0.02
        touch = closed / (closed + against + DOUBT * tucked)
        tuck = tucked / (tucked + against + DOUBT * (closed + posteriors[:, SILENCE]))
        bite = tucked > 2.0 * closed  # of the two only one can be; in doubt the lips meet
        touch, tuck = np.where(bite, 0.0, touch), np.where(bite, tuck, 0.0)
        open_ = np.where(np.maximum(touch, tuck) < 0.5 * TOUCH_FROM, vowels, 0.0)
        rest = _runs(posteriors[:, SILENCE] >= REST_FROM) / rate
        rest = rest[rest[:, 1] - rest[:, 0] >= PAUSE] + (PAUSE_EDGE, -PAUSE_EDGE)
        return Demands(
            touch=_cores(touch, TOUCH_FROM) / rate,
            tuck=_cores(tuck, TUCK_FROM) / rate,
            part=_trimmed(_runs(open_ >= PART_FROM) / rate),
            rest=rest,
        )

    def as_lists(self) -> dict[str, list[list[float]]]:
        """Milliseconds-exact lists for JSON, which `of_lists` reads."""
        return {kind: np.round(getattr(self, kind), 3).tolist() for kind in KINDS}

    @staticmethod
    def of_lists(lists: dict[str, Any]) -> Demands:
        """What `as_lists` gave; kinds that are missing are empty."""
        return Demands(**{kind: np.array(lists.get(kind, [])).reshape(-1, 2) for kind in KINDS})


def _runs(mask: np.ndarray) -> np.ndarray:
    """(n, 2) first and last + 1 of every run of true in a mask (N,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return edges.reshape(-1, 2).astype(float)


def _cores(score: np.ndarray, least: float) -> np.ndarray:
    """(n, 2) the surest part (from 0.6 of the peak on) of every run above half of `least` whose peak reaches `least`."""
    cores = []
    for first, last in _runs(score >= 0.5 * least).astype(int):
        peak = score[first:last].max()
        if peak >= least:
            at = first + np.flatnonzero(score[first:last] >= 0.6 * peak)
            cores.append((at[0], at[-1] + 1))
    return np.array(cores, dtype=float).reshape(-1, 2)


def _trimmed(spans: np.ndarray) -> np.ndarray:
    """The middle 80 % of every span (n, 2)."""
    margin = 0.1 * (spans[:, 1:] - spans[:, :1])
    return np.concatenate([spans[:, :1] + margin, spans[:, 1:] - margin], axis=1)
