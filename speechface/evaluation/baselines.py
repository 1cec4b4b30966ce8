"""What a mouth does without a net: from loudness alone, from phones alone, or nothing. The least that an engine has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from speechface import rigs
from speechface.animation import Animation
from speechface.metrics.lip_loudness import loudness
from speechface.visemes import CHANNELS, Segment, articulation

FPS, RATE = 50.0, 16000
OPEN, SMOOTH = 0.5, 0.04
"""How far the jaw opens in the loudest sound, and seconds by which loudness is smoothed."""


def still(samples: np.ndarray) -> Animation:
    """A face at rest for the length of samples (S,) at 16 kHz, in rig `arkit`."""
    return _animation(np.zeros((_frames(samples), 1)), ("jawOpen",))


def energy(samples: np.ndarray) -> Animation:
    """A jaw that follows the loudness of samples (S,) at 16 kHz, in decibels between their 10th and 95th percentile."""
    level = gaussian_filter1d(loudness(samples, _frames(samples), FPS, RATE), SMOOTH * FPS)
    low, high = np.percentile(level, [10, 95])
    return _animation(OPEN * np.clip((level - low) / max(high - low, 1.0), 0.0, 1.2)[:, None], ("jawOpen",))


def of_phones(segments: Sequence[Segment], seconds: float) -> Animation:
    """The mouth of the dominance model of coarticulation (`speechface.visemes`) for phones, in rig `arkit`.

    What every lip-sync tool with visemes does: it knows the sounds and their times, and nothing of how they are said.
    """
    frames = max(1, round(seconds * FPS))
    jaw, close, round_, spread, tuck = articulation(segments, frames, FPS).T
    assert CHANNELS == ("jaw", "close", "round", "spread", "tuck")
    opening = 0.6 * jaw
    shapes = {
        "jawOpen": opening, "mouthClose": opening * close, "mouthFunnel": 0.35 * round_, "mouthPucker": 0.65 * round_,
        "mouthStretchLeft": 0.4 * spread, "mouthStretchRight": 0.4 * spread,
        "mouthPressLeft": 0.4 * close, "mouthPressRight": 0.4 * close, "mouthRollLower": 0.7 * tuck,
    }  # fmt: skip
    return _animation(np.stack(list(shapes.values()), axis=1), tuple(shapes))


def _animation(curves: np.ndarray, names: tuple[str, ...]) -> Animation:
    rig = rigs.load("arkit").subset(names)
    return Animation(rig.clip(curves), names, FPS, "arkit")


def _frames(samples: np.ndarray) -> int:
    return max(2, round(len(samples) / RATE * FPS))
