"""Do the lips move with the sound? Opening of the lips against the opening that the sound asks for, at every offset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from data_prep.track import Track

REACH, SHARE = 0.4, 1 / 6
"""Seconds by which sound and picture are moved against each other, either way; in short clips this share of their length,
because a few syllables look alike at many offsets."""
STEP = 0.01
_ONE_PLACE = 0.12
"""Seconds of offset that are taken for none: people notice sound 45 ms early or 125 ms late (ITU-R BT.1359)."""


@dataclass(frozen=True)
class Sync:
    """offset: seconds by which the lips come after the sound, where they agree best. correlation: there, -1..1.
    near: the best correlation within 0.12 s of no offset."""

    offset: float
    correlation: float
    near: float


def opening(track: Track) -> np.ndarray:
    """(T,) distance of the inner lips at their middle, in distances between the outer corners of the eyes."""
    gap = np.linalg.norm(track.landmarks[:, 13, :2] - track.landmarks[:, 14, :2], axis=1)
    return gap / np.maximum(between_eyes(track), 1e-6)


def between_eyes(track: Track) -> np.ndarray:
    """(T,) distance of the outer corners of the eyes in pixels, as if the head were not turned."""
    return np.linalg.norm(track.landmarks[:, 33] - track.landmarks[:, 263], axis=1)


def asked(samples: np.ndarray) -> np.ndarray:
    """(N,) opening that the sound asks for, 0..1, at 100 Hz: what the built-in encoder hears of jaw and closed lips."""
    from speechface.audio.articulate import articulate
    from speechface.visemes import CHANNELS

    if len(samples) < 8000:  # the encoder wants something to listen to
        samples = np.pad(samples, (0, 8000 - len(samples)))
    curves = articulate(_encoder(), samples).curves
    return curves[:, CHANNELS.index("jaw")] * (1 - curves[:, CHANNELS.index("close")])


def sync(gap: np.ndarray, fps: float, wanted: np.ndarray, valid: np.ndarray) -> Sync:
    """Compare an opening (T,) at a frame rate with a wanted one at 100 Hz, over the valid frames; zeros if nothing moves."""
    times = np.arange(len(gap)) / fps
    if valid.sum() < 8 or gap[valid].std() < 1e-6 or wanted.std() < 1e-6:
        return Sync(0.0, 0.0, 0.0)
    at = (np.arange(len(wanted)) + 0.5) / 100
    reach = max(_ONE_PLACE, min(REACH, SHARE * len(gap) / fps))
    offsets = np.arange(-reach, reach + STEP / 2, STEP)
    found = np.array([_correlation(np.interp(times - offset, at, wanted), gap, valid) for offset in offsets])
    best = int(found.argmax())
    near = float(found[np.abs(offsets) <= _ONE_PLACE + 1e-9].max())
    return Sync(round(float(offsets[best]), 3), float(found[best]), near)


def _correlation(one: np.ndarray, two: np.ndarray, valid: np.ndarray) -> float:
    one, two = one[valid] - one[valid].mean(), two[valid] - two[valid].mean()
    scale = np.sqrt((one @ one) * (two @ two))
    return float(one @ two / scale) if scale > 1e-12 else 0.0


@cache
def _encoder() -> Any:
    from speechface.audio.encoders import viseme

    return viseme.load().eval()
