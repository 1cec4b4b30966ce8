"""Brows that rise with what is said: on some stressed words, and more often where a phrase begins.

Rises start before the stressed syllable and are highest at it, while nods come after it (Kim, Cvejic & Davis 2014); they
are a choice, not a reflex: most stresses have none (Cave et al. 1996 found them on part of the rises of the voice only).
"""

from __future__ import annotations

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

OFTEN, AT_STARTS = 0.22, 0.45
"""Chance of a rise on a strong stress, and on the first one of a phrase."""
LIVELY = {"happy": 1.2, "sad": 0.5, "surprised": 0.5, "fear": 0.6, "disgusted": 0.5, "angry": 0.4, "contempt": 0.7}
"""Factor of how far brows rise in an emotion; some hold them up or down already."""
RISE, FALL = 0.18, 0.38
"""Seconds in which brows rise and sink."""


def accents(times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator) -> np.ndarray:
    """(T,) 0..1 how far brows are raised at (T,) rising seconds; 1 is as far as they go, accents reach 0.1 to 0.4."""
    out = np.zeros(len(times))
    first = set(np.searchsorted(rhythm.stresses, rhythm.starts).tolist())
    for number, (stress, weight) in enumerate(zip(rhythm.stresses, rhythm.weights, strict=True)):
        chance = AT_STARTS if number in first else OFTEN * min(1.0, 1.5 * weight)
        size, late, long = draw.uniform(0.12, 0.4), draw.normal(-0.02, 0.03), draw.uniform(0.04, 0.16)
        if draw.random() < chance:
            top = stress + late
            near = slice(*np.searchsorted(times, (top - RISE, top + long + FALL)))
            out[near] = np.maximum(out[near], size * (0.5 + 0.5 * weight) * _rise(times[near], top, long))
    return out * (strengths @ np.array([LIVELY.get(label, 1.0) for label in LABELS]))


def _rise(times: np.ndarray, top: float, long: float) -> np.ndarray:
    """(T,) a rise that is complete at `top` seconds, stays for `long` seconds and sinks."""
    up = np.clip((times - top + RISE) / RISE, 0.0, 1.0)
    down = np.clip((times - top - long) / FALL, 0.0, 1.0)
    return (0.5 - 0.5 * np.cos(np.pi * up)) * (0.5 + 0.5 * np.cos(np.pi * down))
