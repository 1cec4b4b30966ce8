"""Where eyes look: fixations, saccades between them, and the drift that keeps them alive.

Saccade durations follow the main sequence, 2.2 ms a degree + 21 ms (Carpenter 1988); people look at their listener
most of the time, 75 % while they listen, and away while they think (Argyle & Cook 1976: 40-75 %). This face stays at the upper
end: it looks away for a fifth of the time while it speaks.
"""

from __future__ import annotations

import numpy as np

from priors.rhythm import Rhythm
from speechface.emotion import LABELS

DEGREE = np.pi / 180.0
POSTURE = {"sad": (0.0, 9.0), "contempt": (2.0, 1.5), "fear": (0.0, -1.0), "disgusted": (3.0, 2.0)}
"""Degrees by which gaze is turned (to the left, down) in an emotion."""
STEADY = {"angry": 0.25, "surprised": 0.5, "fear": 1.4, "sad": 0.8}
"""Factor of how often eyes wander in an emotion; the others wander as neutral does."""


def gaze(times: np.ndarray, strengths: np.ndarray, rhythm: Rhythm, draw: np.random.Generator) -> np.ndarray:
    """(T, 2) yaw to the left and pitch down, radians from straight at the viewer, at (T,) rising seconds."""
    out = np.zeros((len(times), 2))
    if not len(times):
        return out
    felt = {label: strengths[:, number] for number, label in enumerate(LABELS)}
    for label, (yaw, pitch) in POSTURE.items():
        out += felt[label][:, None] * np.array([yaw, pitch]) * DEGREE
    wander = sum(felt[label] * STEADY.get(label, 1.0) for label in LABELS)
    saccades, at, now = [], np.zeros(2), times[0] - 1.0
    while now < times[-1]:
        away = np.hypot(*at) > 1.5
        now += float(draw.gamma(3.0, 0.30 if away else 0.60))
        pull = float(np.interp(now, times, wander))
        speaking = float(rhythm.at(np.array([now]))[0])
        if away or draw.random() > (0.40 + 0.25 * speaking) * pull:
            target = draw.normal(0.0, 0.7, 2)  # back to the viewer: from eye to eye, to the mouth
        else:
            reach = draw.uniform(4.0, 9.0) * (0.7 + 0.6 * (1.0 - speaking))
            angle = draw.choice([-1.0, 1.0]) * draw.normal(0.0, 0.5) + (0.0 if draw.random() < 0.5 else np.pi)
            target = reach * np.array([np.cos(angle), 0.6 * np.sin(angle)])
        saccades.append((now, target - at))
        at = target
    return out + _path(times, saccades) + _drift(times, draw)


def _drift(times: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """(T, 2) microsaccades of about a quarter of a degree, one or two a second, each from where the last one ended."""
    saccades, now = [], times[0]
    at = np.zeros(2)
    while now < times[-1]:
        now += float(draw.gamma(4.0, 0.17))
        target = draw.normal(0.0, 0.18, 2)
        saccades.append((now, target - at))
        at = target
    return _path(times, saccades)


def _path(times: np.ndarray, saccades: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """(T, 2) radians: the sum of saccades (start in seconds, turn (2,) in degrees), each by the minimum-jerk profile."""
    moving, arrived = np.zeros((len(times), 2)), np.zeros((len(times) + 1, 2))
    for start, turn in saccades:
        duration = 0.0022 * float(np.hypot(*turn)) + 0.021
        first, last = np.searchsorted(times, (start, start + duration))
        phase = (times[first:last] - start) / duration
        moving[first:last] += (phase**3 * (10.0 - 15.0 * phase + 6.0 * phase**2))[:, None] * turn
        arrived[last] += turn
    return (moving + np.cumsum(arrived[:-1], axis=0)) * DEGREE
