"""Lips that keep what speech demands: the last step from a net's motion to a face, on any head.

A net that is unsure leaves lips a little apart; people see that before anything else. Here the frames in which `Demands`
are not kept are put right (`speechface.mouth` moves the face), and those beside them go there and back with the least jerk.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from speechface.animation import Animation
from speechface.demands import Demands
from speechface.heads import Head
from speechface.least_jerk import between
from speechface.mouth import LANDMARKS, Mouth, mouth_of

TOUCH, TUCK, PART, REST = 0.4e-3, 1.2e-3, 1.6e-3, 0.5e-3
"""Metres at which lips touch, the lower lip is under the teeth, lips are apart, and a mouth rests."""
LEAST = 1.3e-3
"""Metres at which lips are apart beside a vowel's middle, and on the way to a touch if they were so before."""
SLACK = 0.4e-3
"""Metres by which a touch, a tuck or a rest may be missed before anything is done."""
HAIR = 0.05e-3
"""Metres that are nothing: what is nearer to its goal is left alone."""
REACH = 0.16
"""Seconds before and after a frame that is put right in which the face is on its way."""
CLOSE = 0.020
"""Seconds beside a touch in which lips may be nearer than `LEAST`."""
ROUNDS = 4
"""How often lips that came too near on the way are put right in turn."""


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
    wanted = gap_wanted(times, gap, demands)
    right = mouth.open_to(controls, gap, np.where(np.isnan(wanted), gap, wanted))
    fixed = ~np.isnan(wanted)
    if mouth.teeth:
        _, bite = mouth.gaps(right)
        wanted = tuck_wanted(times, bite, demands)
        right = mouth.tuck_to(right, bite, np.where(np.isnan(wanted), bite, wanted))
        fixed |= ~np.isnan(wanted)
    return _led(mouth, controls, right, fixed, _least_open(times, gap, demands), _rate(times))


def gap_wanted(times: np.ndarray, gap: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) metres between the lips in the frames that a demand needs, for those (T,) there are at `times`; NaN in others.

    Vowels first, then pauses, then touches, so that of two demands at once the later kind is kept.
    """
    wanted = np.full(len(times), np.nan)
    for core in _cores(times, demands.part):
        if gap[core].min() < PART - HAIR:
            wanted[core] = np.maximum(gap[core], PART)
    for core in _cores(times, demands.rest):
        wanted[core] = np.minimum(gap[core], REST) if gap[core].max() > REST + SLACK else gap[core]
    near = _near_vowels(times, demands) & (np.where(np.isnan(wanted), gap, wanted) < LEAST - HAIR)
    wanted[near] = LEAST
    for core in _cores(times, demands.touch):
        wanted[core] = np.minimum(gap[core], TOUCH) if gap[core].min() > TOUCH + SLACK else gap[core]
    return wanted


def tuck_wanted(times: np.ndarray, bite: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) metres between the lower lip and the edge of the upper teeth in the frames that an f or v needs; NaN in others."""
    wanted = np.full(len(times), np.nan)
    held = _held(times, demands)
    for core in _cores(times, demands.tuck):
        core = core[~held[core]]
        if len(core):
            wanted[core] = np.minimum(bite[core], TUCK) if bite[core].min() > TUCK + SLACK else bite[core]
    return wanted


def _least_open(times: np.ndarray, gap: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) metres between the lips below which a frame on the way must not come: those of a vowel, elsewhere those of before."""
    least = np.where(_near_vowels(times, demands), LEAST, np.minimum(gap, LEAST))
    held, wide = _held(times, demands), round(CLOSE * _rate(times))
    return np.where(_widened(held, wide) & ~_near_vowels(times, demands), 0.0, least)


def _led(
    mouth: Mouth, before: np.ndarray, right: np.ndarray, fixed: np.ndarray, least: np.ndarray, rate: float
) -> np.ndarray:
    """Controls (T, C) that are `right` in the fixed frames (T,), go there from what was `before` with the least jerk, and are as
    before everywhere else. Lips that come nearer than `least` (T,) on the way are opened, and the way goes through there."""
    changed = (right != before).any(axis=1)
    columns = np.flatnonzero((right != before).any(axis=0))
    way = _widened(changed, max(1, round(REACH * rate)))
    low, high = mouth.limits(before)
    out, fixed = right.copy(), fixed | changed
    for _ in range(ROUNDS):
        for first, last in _runs(way):
            at = slice(max(0, first - 3), last + 3)
            free = (way & ~fixed)[at]
            if free.any():
                made = between(before[at][:, columns], out[at][:, columns], free, rate)
                made = np.clip(made, low[at][:, columns], high[at][:, columns])
                out[at.start + np.flatnonzero(free)[:, None], columns] = made[free]
        rows = np.flatnonzero(way & ~fixed)
        gap = mouth.gaps(out[rows])[0] if len(rows) else np.zeros(0)
        bad = gap < least[rows] - HAIR
        if not bad.any():
            break
        rows = rows[bad]
        out[rows] = mouth.open_to(out[rows], gap[bad], least[rows])
        columns = np.union1d(columns, np.flatnonzero((out != before).any(axis=0)))
        fixed[rows] = True
    return out


def _near_vowels(times: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) the frames that vowels cover, and the next on either side, but for those that touches need."""
    near, rate = np.zeros(len(times), dtype=bool), _rate(times)
    for start, end in demands.part * rate:
        near[max(0, int(np.floor(start))) : int(np.ceil(end)) + 1] = True
    return near & ~_held(times, demands)


def _held(times: np.ndarray, demands: Demands) -> np.ndarray:
    """(T,) the frames that the touches need, which nothing else may have."""
    held = np.zeros(len(times), dtype=bool)
    for core in _cores(times, demands.touch):
        held[core] = True
    return held


def _cores(times: np.ndarray, spans: np.ndarray) -> Iterator[np.ndarray]:
    """For every span of seconds (n, 2): the frames it covers, the nearest one to its middle at least."""
    rate = _rate(times)
    for start, end in spans:
        nearest = times[min(round(0.5 * (start + end) * rate), len(times) - 1)]
        first, last = np.searchsorted(times, min(start, nearest)), np.searchsorted(times, max(end, nearest), "right")
        yield np.arange(first, last)


def _widened(mask: np.ndarray, wide: int) -> np.ndarray:
    """A mask (T,) with `wide` frames more on either side of what is true."""
    sums = np.concatenate([[0], np.cumsum(mask)])
    at = np.arange(len(mask))
    return sums[np.minimum(at + wide + 1, len(mask))] > sums[np.maximum(at - wide, 0)]


def _runs(mask: np.ndarray) -> np.ndarray:
    """(n, 2) first and last + 1 of every run of true in a mask (T,)."""
    return np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))).reshape(-1, 2)


def _rate(times: np.ndarray) -> float:
    """Frames a second."""
    return 1.0 / (times[1] - times[0]) if len(times) > 1 else 1.0
