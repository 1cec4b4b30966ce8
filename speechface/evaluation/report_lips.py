"""Lips of one clip against what the sounds demand: closures, tucks, vowels and pauses, with the times of what is amiss."""

from __future__ import annotations

from typing import Any

import numpy as np

from speechface.demands import Demands
from speechface.metrics.closure import REST_EDGE, TOLERANCE, TOUCH, TUCK


def of_lips(gap: np.ndarray, bite: np.ndarray, times: np.ndarray, demands: Demands) -> dict[str, Any]:
    """What lips with a gap (T,) and a way to the teeth (T,), in metres, keep and miss; lengths come out in millimetres."""
    touches = _least(gap, times, demands.touch, TOLERANCE)
    vowels = _least(gap, times, demands.part, 0.0)
    resting = [gap[(times >= a + REST_EDGE) & (times <= b - REST_EDGE)] for a, b in demands.rest]
    pauses = np.concatenate(resting) if resting else np.zeros(0)
    tucks = _least(bite, times, demands.tuck, TOLERANCE)
    return {
        "closures": {"demanded": len(touches), "missed": [_at(*one) for one in touches if one[1] > TOUCH]},
        "false_closures": {"vowels": len(vowels), "found": [_at(*one) for one in vowels if one[1] <= TOUCH]},
        "tucks": {"demanded": len(tucks), "missed": [_at(*one) for one in tucks if one[1] > TUCK]},
        "rest": round(float((pauses < TOUCH).mean()), 3) if len(pauses) else None,
    }


def _least(distance: np.ndarray, times: np.ndarray, spans: np.ndarray, margin: float) -> list[tuple[float, float]]:
    """The middle of every span and the least distance in it, in seconds and metres."""
    found = []
    for start, end in spans:
        at = np.arange(start - margin, end + margin + 0.002, 0.002)
        found.append((float(start + end) / 2, float(np.interp(at, times, distance).min())))
    return found


def _at(time: float, size: float) -> dict[str, float]:
    return {"time": round(time, 3), "gap": round(1e3 * size, 2)}
