"""Lips that keep what speech demands: the last step from a net's motion to a face, on any head.

A net that is unsure leaves lips a little apart; people see that before anything else. Here the gap between the lips is
made what `Demands` ask for, with a natural onset and release; `speechface.mouth` moves the face accordingly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from speechface.animation import Animation
from speechface.demands import Demands
from speechface.heads import Head
from speechface.mouth import LANDMARKS, mouth_of

TOUCH, TUCK, PART, REST = 0.4e-3, 1.2e-3, 1.6e-3, 0.5e-3
"""Metres at which lips touch, the lower lip is under the teeth, lips are apart, and a mouth rests."""
LEAST = 1.3e-3
"""Metres at which lips are apart in a vowel so short that touches beside it hardly let it be."""
SLACK = 0.4e-3
"""Metres by which a touch, a tuck or a rest may be missed before anything is done."""
RAMP, QUICKEST = 0.080, 0.045
"""Seconds of onset and of release where there is room for it, and where vowels are close by."""


def keep(animation: Animation, demands: Demands, head: Head) -> Animation:
    """The animation with lips as demanded on a head whose rig it is made for; the same where nothing is amiss.

    Nothing is done on a head whose lips have no landmarks.
    """
    before = animation.columns(head.rig.names)
    after = kept(before, animation.times, demands, head)
    moved = np.flatnonzero((after != before).any(axis=0))
    return animation.with_curves({head.rig.names[column]: after[:, column] for column in moved})


def kept(controls: np.ndarray, times: np.ndarray, demands: Demands, head: Head) -> np.ndarray:
    """The same of controls (T, C) of the head at `times` (T,) in seconds."""
    if not len(times) or not set(LANDMARKS) <= set(head.landmarks):
        return controls
    mouth = mouth_of(head)
    gap, _ = mouth.gaps(controls)
    out = mouth.open_to(controls, gap, gap_wanted(times, gap, demands))
    if mouth.teeth:
        _, bite = mouth.gaps(out)
        out = mouth.tuck_to(out, bite, tuck_wanted(times, bite, demands))
    return out


def gap_wanted(times: np.ndarray, gap: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) metres between the lips that keep the demands, for those (T,) there are at `times`.

    Vowels first, then pauses, then touches, so that of two demands at once the later kind is kept.
    """
    wanted, shut = gap.copy(), np.concatenate([demands.touch, demands.rest])
    for near, core, weight in _bumps(times, demands.part, shut):
        missing = PART - wanted[near][core].min()
        if missing > 0:
            wanted[near] = np.maximum(
                wanted[near], np.minimum(gap[near] + missing * weight, np.maximum(PART, gap[near]))
            )
    for near, core, weight in _bumps(times, demands.rest, demands.part):
        if wanted[near][core].max() > REST + SLACK:
            wanted[near] = _towards(wanted[near], REST, weight)
    for near, core, weight in _bumps(times, demands.touch, demands.part):
        if wanted[near][core].min() > TOUCH + SLACK:
            wanted[near] = _towards(wanted[near], TOUCH, weight)
    return _let_open(times, wanted, demands)


def _let_open(times: np.ndarray, wanted: np.ndarray, demands: Demands) -> np.ndarray:
    """Vowels that the slopes of touches beside them have swallowed: apart again, but for the frames that the touches need."""
    held = _held(times, demands)
    rate = _rate(times)
    out = wanted.copy()
    for start, end in demands.part * rate:
        over = np.arange(max(0, int(np.floor(start))), min(len(times), int(np.ceil(end)) + 1))
        over = over[~held[over]]
        out[over] = np.maximum(out[over], LEAST)
    return out


def tuck_wanted(times: np.ndarray, bite: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) metres between the lower lip and the edge of the upper teeth that keep the demands."""
    wanted = bite.copy()
    for near, core, weight in _bumps(times, demands.tuck, np.concatenate([demands.part, demands.touch])):
        if wanted[near][core].min() > TUCK + SLACK:
            wanted[near] = _towards(wanted[near], TUCK, weight)
    return np.where(_held(times, demands), bite, wanted)


def _held(times: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) the frames that the touches need, which nothing else may have."""
    held = np.zeros(len(times), dtype=bool)
    for near, core, _ in _bumps(times, demands.touch, demands.part):
        held[near] |= core
    return held


def _towards(distance: np.ndarray, least: float, weight: np.ndarray) -> np.ndarray:
    """What of a distance is beyond `least`, shrunk by a weight 0..1: a curve that was smooth stays smooth."""
    return np.where(distance > least, least + (distance - least) * (1.0 - weight), distance)


def _bumps(times: np.ndarray, spans: np.ndarray, others: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """For every span: the frames near it, which of them it covers (the nearest one at least), and weights for them.

    Weights are 1 in the span and raised cosines beside it, which are over where the nearest of `others` (n, 2) begins,
    if that leaves them time enough to look natural.
    """
    rate = _rate(times)
    ends, starts = np.sort(others[:, 1]), np.sort(others[:, 0])
    for start, end in spans:
        nearest = times[min(round(0.5 * (start + end) * rate), len(times) - 1)]
        start, end = min(start, nearest), max(end, nearest)
        before, after = np.searchsorted(ends, start, "right"), np.searchsorted(starts, end, "left")
        onset = float(np.clip(start - ends[before - 1], QUICKEST, RAMP)) if before else RAMP
        release = float(np.clip(starts[after] - end, QUICKEST, RAMP)) if after < len(starts) else RAMP
        near = slice(*np.searchsorted(times, (start - onset, end + release)))
        at = times[near]
        away = np.maximum(np.maximum((start - at) / onset, (at - end) / release), 0.0)
        yield near, (at >= start) & (at <= end), 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1.0))


def _rate(times: np.ndarray) -> float:
    """Frames a second."""
    return 1.0 / (times[1] - times[0]) if len(times) > 1 else 1.0
