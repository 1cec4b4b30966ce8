"""Colours of an eyeball that has none: white, iris and pupil, by the angle from straight ahead."""

from __future__ import annotations

import numpy as np

WHITE, IRIS, PUPIL = (0.72, 0.70, 0.68), (0.10, 0.15, 0.20), (0.01, 0.01, 0.01)
"""Linear reflectance."""


def colours(ball: np.ndarray, centre: np.ndarray, iris: float) -> np.ndarray:
    """(n, 3) float32 linear RGB for the vertices (n, 3) of an eyeball that looks along Z; iris: degrees to its edge."""
    ahead = ball - centre
    angle = np.degrees(np.arccos(np.clip(ahead[:, 2] / np.maximum(np.linalg.norm(ahead, axis=1), 1e-9), -1.0, 1.0)))
    out = np.where(angle[:, None] < 0.44 * iris, PUPIL, np.where(angle[:, None] < iris, IRIS, WHITE))
    return out.astype(np.float32)
