"""Breathing: slow at rest, and in speech a quick breath before a phrase that lasts until it ends.

At rest 15 breaths a minute, two fifths of each of them in (Tobin et al. 1983: 16.6 a minute); in speech half a second in,
then out for as long as the phrase lasts (Conrad & Schoenle 1979).
"""

from __future__ import annotations

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

CYCLE, INWARDS = 4.0, 0.4
"""Seconds of a breath at rest, and the share of it that goes in."""
QUICK, PAUSE = 0.5, 0.35
"""Seconds of a breath before a phrase, and of the shortest pause that has room for one."""
SHALLOW, FULL = 0.45, 0.95
"""How far the chest rises at rest and before a phrase."""
TEMPO = {"fear": 1.5, "angry": 1.3, "surprised": 1.2, "happy": 1.1, "sad": 0.85}
"""Factor of how fast breath goes at rest in an emotion."""


def breath(
    times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(T,) 0..1 how full the chest is at (T,) rising seconds, and (T,) 0..1 how fast breath goes in.

    Breath goes in at 1 where a chest is filled before a phrase.
    """
    if not len(times):
        return np.zeros(0), np.zeros(0)
    tempo = strengths @ np.array([TEMPO.get(label, 1.0) for label in LABELS])
    at, full = _turns(times, tempo, rhythm, draw)
    turn = np.clip(np.searchsorted(at, times, "right") - 1, 0, len(at) - 2)
    lasts = np.diff(at)[turn]
    phase = np.clip((times - at[turn]) / lasts, 0.0, 1.0)
    change = np.diff(full)[turn]
    inwards = np.maximum(change, 0.0) / lasts * np.sin(np.pi * phase) * QUICK / FULL
    return full[turn] + change * (0.5 - 0.5 * np.cos(np.pi * phase)), np.minimum(inwards, 1.0)


def _turns(
    times: np.ndarray, tempo: np.ndarray, rhythm: Rhythm, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rising seconds at which breath turns, and how full the chest is there."""
    now, until = float(times[0]) - CYCLE * draw.uniform(0.5, 1.5), float(times[-1]) + CYCLE
    at, full = [now], [0.0]

    def turn(when: float, value: float) -> None:
        at.append(max(when, at[-1] + 0.05))
        full.append(value)

    starts, ends = rhythm.starts, rhythm.ends
    for start in [*starts.tolist(), until]:
        number = int(np.searchsorted(ends, start, "right"))
        end = float(ends[number]) if number < len(ends) else until
        room = start - at[-1] - (QUICK if start < until else 0.0)
        while room > 0.7 * CYCLE:  # at rest
            pace = float(np.interp(at[-1], times, tempo))
            lasts = min(CYCLE / pace * float(np.exp(draw.normal(0.0, 0.15))), room)
            lasts = room if room - lasts < 0.7 * CYCLE else lasts
            top = SHALLOW * float(np.exp(draw.normal(0.0, 0.15)))
            begun = at[-1]
            turn(begun + INWARDS * lasts, top)
            turn(begun + lasts, 0.0)
            room -= lasts
        if start < until and start - at[-1] >= PAUSE:
            turn(max(at[-1], start - QUICK - 0.05), full[-1])
            turn(start - 0.05, FULL)
        if start < until:
            turn(end, 0.12)
    turn(until + CYCLE, 0.0)
    return np.array(at), np.array(full)
