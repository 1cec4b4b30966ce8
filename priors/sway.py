"""Head motion: a slow sway that never stops, nods on stressed syllables, and the posture of an emotion.

Amplitudes after Hadar et al. 1983 (most speech movement within a few degrees, nods on stress) and Busso et al. 2007.
"""

from __future__ import annotations

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

DEGREE = np.pi / 180.0
POSTURE = {
    "happy": (0.0, -1.5, 1.5), "sad": (1.0, 6.5, 2.5), "surprised": (0.0, -4.0, 0.0), "fear": (2.0, -1.0, -1.5),
    "disgusted": (4.0, -2.0, 2.0), "angry": (0.0, 4.5, 0.0), "contempt": (-2.5, -4.5, 3.5),
}  # fmt: skip
"""Degrees of yaw (left), pitch (down) and roll (to the right shoulder) in an emotion."""
LIVELY = {
    "neutral": 1.0,
    "happy": 1.3,
    "sad": 0.6,
    "surprised": 1.0,
    "fear": 1.1,
    "disgusted": 0.9,
    "angry": 1.3,
    "contempt": 0.8,
}


def sway(times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator) -> np.ndarray:
    """(T, 3) yaw, pitch, roll in radians at (T,) seconds."""
    speaking = rhythm.at(times)[:, None]
    lively = strengths @ np.array([LIVELY[label] for label in LABELS])
    slow = _wander(times, 0.16, draw) * np.array([1.5, 0.9, 0.8])
    talking = _wander(times, 0.55, draw) * np.array([1.5, 1.1, 1.0])
    out = (slow * (0.55 + 0.45 * speaking) + talking * speaking) * lively[:, None]
    out[:, 1] += _nods(times, rhythm, draw) * lively
    for label, turn in POSTURE.items():
        out += strengths[:, LABELS.index(label)][:, None] * np.array(turn)
    return out * DEGREE


def _wander(times: np.ndarray, hertz: float, draw: np.random.Generator) -> np.ndarray:
    """(T, 3) smooth noise of about unit size: for each axis a sum of sines round a frequency, so any length costs the same."""
    out = np.zeros((len(times), 3))
    for _ in range(7):
        frequency = hertz * np.exp(draw.normal(0.0, 0.45, 3))
        out += np.sin(2.0 * np.pi * (frequency * times[:, None] + draw.random(3)))
    return out / np.sqrt(3.5)


def _nods(times: np.ndarray, rhythm: Rhythm, draw: np.random.Generator) -> np.ndarray:
    """(T,) degrees of pitch: a quick dip on some stressed syllables, with a small rise before it."""
    out = np.zeros(len(times))
    for stress, weight in zip(rhythm.stresses, rhythm.weights, strict=True):
        size = weight * draw.uniform(0.4, 2.6)
        near = slice(*np.searchsorted(times, (stress - 1.0, stress + 1.0)))
        away = times[near] - stress
        out[near] += size * (
            np.exp(-0.5 * ((away - 0.06) / 0.11) ** 2) - 0.45 * np.exp(-0.5 * ((away + 0.22) / 0.13) ** 2)
        )
    return out
