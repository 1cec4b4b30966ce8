"""From linear light to the numbers of a picture: exposure, a filmic curve and sRGB, as one table."""

from __future__ import annotations

from functools import cache

import numpy as np

BRIGHTEST = 16.0
"""Linear light at the end of the table; what is brighter is shown as this."""
ENTRIES = 4096


def filmic(light: np.ndarray) -> np.ndarray:
    """Display-linear 0..1 for scene-linear light >= 0: a straight middle, a soft toe and a long shoulder.

    The fit of the ACES reference curve by Narkowicz (2015, "ACES filmic tone mapping curve").
    """
    return np.clip(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 0.0, 1.0)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """sRGB 0..1 for display-linear 0..1 (IEC 61966-2-1)."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)


@cache
def table(exposure: float) -> np.ndarray:
    """(ENTRIES,) float32 in 0..1: entry i is the sRGB value of light BRIGHTEST * (i / (ENTRIES - 1)) ** 2.

    The square root in the index gives the dark tones, where the eye sees steps, most of the entries.
    """
    light = BRIGHTEST * np.linspace(0.0, 1.0, ENTRIES) ** 2
    return to_srgb(filmic(exposure * light)).astype(np.float32)
