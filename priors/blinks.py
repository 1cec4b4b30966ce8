"""Blinks: when they come and what a lid does.

Rates after Bentivoglio et al. 1997 (17 a minute at rest, 26 in conversation); blinks gather at the ends of phrases
(Nakano & Kitazawa 2010); a lid falls in about 90 ms and rises in about 180 ms (VanderWerf et al. 2003).
"""

from __future__ import annotations

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

RESTING, TALKING = 17.0, 24.0
FACTORS = {"neutral": 1.0, "happy": 0.95, "sad": 0.75, "surprised": 0.65, "fear": 1.35, "disgusted": 1.0, "angry": 0.6}
"""Factor of the blink rate in each emotion; the others blink as neutral does."""
LASTS = 0.3
"""Seconds after which a blink is over."""


def blinks(times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator) -> np.ndarray:
    """(T,) 0..1 how far the lids are closed by blinks at (T,) rising seconds, for strengths (T, 8)."""
    out = np.zeros(len(times))
    if not len(times):
        return out
    for onset, depth, pace in _events(times, strengths, rhythm, draw):
        near = slice(*np.searchsorted(times, (onset, onset + LASTS * pace)))
        out[near] = np.maximum(out[near], depth * lid((times[near] - onset) / pace))
    return out


def lid(since: np.ndarray) -> np.ndarray:
    """(T,) closure 0..1 of one blink, `since` seconds after it begins: shut in 90 ms, held 20 ms, open again in 180 ms."""
    falling = np.clip(since / 0.09, 0.0, 1.0)
    rising = np.clip((since - 0.11) / 0.18, 0.0, 1.0)
    return np.where(since < 0.11, 0.5 - 0.5 * np.cos(np.pi * falling), (1.0 - rising) ** 2 * (1.0 + 2.0 * rising))


def _events(
    times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Onset, depth and pace of every blink: a renewal process whose clock runs fast where blinks are likely."""
    step = 0.02
    grid = np.arange(times[0] - 2.0, times[-1] + step, step)
    speaking = rhythm.at(grid)
    felt = np.stack([np.interp(grid, times, strengths[:, label]) for label in range(len(LABELS))], axis=1)
    rate = (RESTING + (TALKING - RESTING) * speaking) / 60.0 * (felt @ [FACTORS.get(label, 1.0) for label in LABELS])
    for end in rhythm.ends:
        near = slice(*np.searchsorted(grid, (end - 5.6, end + 5.9)))  # the bell is nothing beyond, in double precision
        rate[near] += 1.6 * np.exp(-0.5 * ((grid[near] - end - 0.15) / 0.14) ** 2)
    passed = np.cumsum(rate) * step
    events: list[tuple[float, float, float]] = []
    due = draw.lognormal(-0.18, 0.6)
    while due < passed[-1]:
        onset = float(grid[np.searchsorted(passed, due)])
        if not events or onset - events[-1][0] > 0.45:
            depth = 1.0 if draw.random() > 0.14 else draw.uniform(0.45, 0.75)
            events.append((onset, float(depth), float(np.exp(draw.normal(0.0, 0.12)))))
            if draw.random() < 0.07:
                events.append((onset + draw.uniform(0.30, 0.42), float(draw.uniform(0.7, 1.0)), 1.0))
        due += draw.lognormal(-0.18, 0.6)
    return events
