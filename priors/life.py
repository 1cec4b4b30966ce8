"""Everything a face does besides speaking and feeling, as one set of curves that any engine maps to its rig."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from priors.blinks import blinks
from priors.gaze import gaze
from priors.rhythm import rhythm
from priors.sway import sway


@dataclass(frozen=True)
class Life:
    """blink: (T,) 0..1. head: (T, 3) yaw, pitch, roll. eyes: (T, 2) yaw and pitch in the head. All in radians.

    Yaw turns to the character's left, pitch down, roll to its right shoulder.
    """

    blink: np.ndarray
    head: np.ndarray
    eyes: np.ndarray


def live(samples: np.ndarray, times: np.ndarray, strengths: np.ndarray, seed: int) -> Life:
    """Blinks, gaze and head motion for 16 kHz samples (S,) at (T,) seconds with strengths (T, 8); same seed, same life.

    The eyes turn against the head, so that they stay on what they look at.
    """
    heard = rhythm(samples)
    lids, look, head = (np.random.default_rng([seed, stream]) for stream in range(3))
    turned = sway(times, strengths, heard, head)
    return Life(
        blink=blinks(times, strengths, heard, lids),
        head=turned,
        eyes=gaze(times, strengths, heard, look) - 0.9 * turned[:, :2],
    )
