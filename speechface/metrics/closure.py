"""How often lips close when they must, and when they must not: the measures nobody publishes.

A closure is hit if, somewhere from 40 ms before a p, b or m to 40 ms after it, the gap between the inner lips at their
centre is at most 1 mm. For f and v the lower lip must come within 2 mm of the upper incisors. A vowel is closed falsely
if the gap is at most 1 mm somewhere in its middle 40 %. Silence is at rest while the gap is under 1 mm; silences count
from 200 ms on, without 100 ms at either end, where the mouth is on its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from speechface.visemes import BILABIAL, LABIODENTAL, SILENCE, VOWELS, Segment

TOUCH, TUCK, TOLERANCE = 1.0e-3, 2.0e-3, 0.040
"""Metres at which lips touch and at which the lower lip meets the teeth; seconds by which a label may be off."""
REST_FROM, REST_EDGE = 0.200, 0.100
_STEP = 0.002


@dataclass(frozen=True)
class Closures:
    """Counts that add up over clips, and the times (seconds) of what went wrong."""

    closures: int = 0
    hits: int = 0
    tucks: int = 0
    tucked: int = 0
    vowels: int = 0
    falsely: int = 0
    silent: int = 0
    resting: int = 0
    missed: tuple[float, ...] = field(default=())
    wrongly: tuple[float, ...] = field(default=())

    def __add__(self, other: Closures) -> Closures:
        return Closures(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def rates(self) -> dict[str, float]:
        """Percentages: closure rate, tuck rate, false closures, rest in silence; NaN where nothing was to be judged."""
        pairs = {
            "closure_rate": (self.hits, self.closures), "tuck_rate": (self.tucked, self.tucks),
            "false_closure": (self.falsely, self.vowels), "rest": (self.resting, self.silent),
        }  # fmt: skip
        return {name: 100.0 * part / whole if whole else float("nan") for name, (part, whole) in pairs.items()}


def judge(gap: np.ndarray, segments: Iterable[Segment], fps: float, tuck: np.ndarray | None = None) -> Closures:
    """Judge lip gaps (T,) in metres, frame t at t / fps seconds, against labelled phones.

    tuck: (T,) metres between the lower lip's contact line and the upper incisors' edge, if it is known.
    """
    times = np.arange(len(gap)) / fps

    def least(values: np.ndarray, start: float, end: float) -> float:
        inside = values[(times >= start) & (times <= end)]
        between = np.interp(np.arange(start, end + _STEP, _STEP), times, values)
        return float(min(inside.min(initial=np.inf), between.min()))

    total = Closures()
    for segment in segments:
        start, end, _, viseme = segment
        if viseme == BILABIAL:
            hit = least(gap, start - TOLERANCE, end + TOLERANCE) <= TOUCH
            total += Closures(closures=1, hits=int(hit), missed=() if hit else ((start + end) / 2,))
        elif viseme == LABIODENTAL and tuck is not None:
            total += Closures(tucks=1, tucked=int(least(tuck, start - TOLERANCE, end + TOLERANCE) <= TUCK))
        elif viseme in VOWELS:
            margin = 0.3 * (end - start)
            shut = least(gap, start + margin, end - margin) <= TOUCH
            total += Closures(vowels=1, falsely=int(shut), wrongly=((start + end) / 2,) if shut else ())
        elif viseme == SILENCE and end - start >= REST_FROM:
            at = gap[(times >= start + REST_EDGE) & (times <= end - REST_EDGE)]
            total += Closures(silent=len(at), resting=int((at < TOUCH).sum()))
    return total


def merge_silences(segments: Iterable[Segment]) -> list[Segment]:
    """The same segments with neighbouring silences joined, so that their length is that of the pause."""
    out: list[Segment] = []
    for segment in segments:
        if out and segment.viseme == out[-1].viseme == SILENCE and segment.start - out[-1].end < 0.02:
            out[-1] = out[-1]._replace(end=segment.end)
        else:
            out.append(segment)
    return out
