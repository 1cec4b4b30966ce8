"""Jitter: how much a face shakes, as the third difference of its vertices and as the share of movement faster than speech.

The third difference is the discrete jerk. It grows with the frame rate where motion has noise: compare figures at one rate.
Speech moves lips and jaw at 2 to 8 Hz; what is above 12 Hz is mostly not speech.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import detrend

FAST = 12.0
"""Hertz from which movement counts as shaking."""
SLOWEST = 28.0
"""Frames a second below which there is next to nothing above 12 Hz to be found."""

STILL = 1e-7
"""Metres of standard deviation below which nothing moves and what is left is rounding."""


def jitter(vertices: np.ndarray, fps: float) -> np.ndarray:
    """(T - 3,) metres a second cubed: mean over the vertices (T, n, 3) of the length of the third difference."""
    third = np.diff(np.asarray(vertices, dtype=np.float64), 3, axis=0) * fps**3
    return np.sqrt((third**2).sum(axis=-1)).mean(axis=-1)


def power_above(vertices: np.ndarray, fps: float, frequency: float = FAST) -> tuple[float, float]:
    """Power of the movement of vertices (T, n, 3) above a frequency in Hz, and all of it; (0, 0) where it cannot be told.

    The trend is taken off and a Hann window put on, lest the ends of a clip look like fast movement.
    """
    if len(vertices) < 16 or fps < SLOWEST:
        return 0.0, 0.0
    moved = detrend(np.asarray(vertices, dtype=np.float64).reshape(len(vertices), -1), axis=0)
    if moved.std() < STILL:
        return 0.0, 0.0
    spectrum = np.abs(np.fft.rfft(moved * np.hanning(len(moved))[:, None], axis=0)) ** 2
    at = np.fft.rfftfreq(len(moved), 1.0 / fps)
    return float(spectrum[at > frequency].sum()), float(spectrum[1:].sum())
