"""Blinks: when they come and what a lid does.

Rates after Bentivoglio et al. 1997 (17 a minute at rest, 26 in conversation; a reader's 4.5 is not for this face); blinks
gather at the ends of phrases (Nakano & Kitazawa 2010) and at large glances (Evinger et al. 1994); many are not complete (Sforza
et al. 2008). A lid falls in about 90 ms and rises in about 180 ms (VanderWerf et al. 2003); half way down a lid that
falls by 10 mm is as fast as 17 cm a second (Doane 1980: 17 to 20).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

RESTING, TALKING = 14.5, 18.0
"""Blinks a minute beside those that phrase ends and glances bring."""
FACTORS = {"neutral": 1.0, "happy": 0.95, "sad": 0.75, "surprised": 0.65, "fear": 1.35, "disgusted": 1.0, "angry": 0.6}
"""Factor of the blink rate in each emotion; the others blink as neutral does."""
FALL, SHUT, RISE = 0.09, 0.02, 0.18
"""Seconds in which a lid falls, stays and rises."""
LASTS = FALL + SHUT + RISE + 0.01
"""Seconds after which a blink is over."""
AT_PHRASE_ENDS, AT_GLANCES = 0.55, 0.2
"""Blinks that the end of a phrase and a large glance bring, on average."""
PARTIAL, TWICE = 0.16, 0.07
"""Shares of blinks that do not shut the eye, and that are followed by another at once."""


def blinks(
    times: np.ndarray,
    strengths: np.ndarray,
    rhythm: Rhythm,
    draw: np.random.Generator,
    rate: float = 1.0,
    glances: Sequence[float] = (),
) -> np.ndarray:
    """(T,) 0..1 how far the lids are closed by blinks at (T,) rising seconds, for strengths (T, 8).

    rate: factor of how often. glances: seconds at which the eyes go far. A frame is shown while the lids are shut, at any
    frame rate: no blink falls between two frames.
    """
    out = np.zeros(len(times))
    if not len(times) or rate <= 0.0:
        return out
    for onset, depth, pace in _events(times, strengths, rhythm, draw, rate, glances):
        onset += _to_frame(times, onset + (FALL + 0.5 * SHUT) * pace)
        near = slice(*np.searchsorted(times, (onset, onset + LASTS * pace)))
        out[near] = np.maximum(out[near], depth * lid((times[near] - onset) / pace))
    return out


def lid(since: np.ndarray) -> np.ndarray:
    """(T,) closure 0..1 of one blink, `since` seconds after it begins."""
    falling = np.clip(since / FALL, 0.0, 1.0)
    rising = np.clip((since - FALL - SHUT) / RISE, 0.0, 1.0)
    return np.where(
        since < FALL + SHUT, 0.5 - 0.5 * np.cos(np.pi * falling), (1.0 - rising) ** 2 * (1.0 + 2.0 * rising)
    )


def _to_frame(times: np.ndarray, moment: float) -> float:
    """Seconds from a moment between two of (T,) rising times to the nearer of them; 0 outside of them."""
    after = int(np.searchsorted(times, moment))
    if not 0 < after < len(times):
        return 0.0
    nearest = times[after] if times[after] - moment < moment - times[after - 1] else times[after - 1]
    return float(nearest) - moment


def _events(
    times: np.ndarray,
    strengths: np.ndarray,
    rhythm: Rhythm,
    draw: np.random.Generator,
    factor: float,
    glances: Sequence[float],
) -> list[tuple[float, float, float]]:
    """Onset, depth and pace of every blink: a renewal process whose clock runs fast where blinks are likely."""
    step = 0.02
    grid = np.arange(times[0] - 2.0, times[-1] + step, step)
    speaking = rhythm.at(grid)
    felt = np.stack([np.interp(grid, times, strengths[:, label]) for label in range(len(LABELS))], axis=1)
    rate = (RESTING + (TALKING - RESTING) * speaking) / 60.0 * (felt @ [FACTORS.get(label, 1.0) for label in LABELS])
    for moments, late, width, blinks_each in (
        (rhythm.ends, 0.15, 0.14, AT_PHRASE_ENDS),
        (np.asarray(glances), 0.02, 0.06, AT_GLANCES),
    ):
        for moment in moments:
            near = slice(*np.searchsorted(grid, (moment + late - 6.0 * width, moment + late + 6.0 * width)))
            bell = np.exp(-0.5 * ((grid[near] - moment - late) / width) ** 2)
            rate[near] += blinks_each / (width * np.sqrt(2.0 * np.pi)) * bell
    passed = np.cumsum(factor * rate) * step
    events: list[tuple[float, float, float]] = []
    due = draw.lognormal(-0.18, 0.6)
    while due < passed[-1]:
        onset = float(grid[np.searchsorted(passed, due)])
        if not events or onset - events[-1][0] > 0.45:
            depth = 1.0 if draw.random() > PARTIAL else draw.uniform(0.45, 0.75)
            events.append((onset, float(depth), float(np.exp(draw.normal(0.0, 0.12)))))
            if draw.random() < TWICE:
                events.append((onset + draw.uniform(0.30, 0.42), float(draw.uniform(0.7, 1.0)), 1.0))
        due += draw.lognormal(-0.18, 0.6)
    return events
