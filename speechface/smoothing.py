"""Calmer curves, region by region: lips stay crisp where brows and head may be slow.

One filter for a whole face is wrong for most of it: Savitzky-Golay 15/3 at 60 frames a second passes 4.3 Hz, and a p, b or
m whose lips shut and open again in 160 ms loses a fifth of its closure. Lips move at up to 12 Hz and more in speech, brows
and head at a few. Smooth what a model makes before blinks and glances are added: those are quick by nature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.ndimage import correlate1d

from speechface import rigs
from speechface.animation import Animation

LIPS = 14.0
"""Hertz that the lips keep at least 70 % of: closures of 60 ms come through."""
CUTOFFS = {
    "mouth": LIPS, "tongue": LIPS, "jaw": 12.0, "teeth": 12.0, "expression": LIPS, "lid": 12.0, "eye": 12.0,
    "cheek": 8.0, "nose": 8.0, "brow": 6.0, "ear": 6.0, "eyelash": 6.0, "neck": 6.0, "head": 5.0,
}  # fmt: skip
"""Hertz at which a control of each group of a rig is down to 3 dB; other groups (the gaze) are left as they are.

FLAME's expression coefficients move lips and brows at once, so they are smoothed as lips are.
"""


def smooth(animation: Animation, cutoffs: Mapping[str, float] = CUTOFFS) -> Animation:
    """The animation with every curve smoothed as its group in the rig asks, cut-offs in Hz; brought back into range.

    Curves that the rig does not know (a head's rotation beside a face board) are left as they are.
    """
    rig = rigs.load(animation.rig)
    out = animation.controls.copy()
    for group in set(rig.groups):
        columns = [number for number, name in enumerate(animation.names)
                   if name in rig.index and rig.groups[rig.index[name]] == group]  # fmt: skip
        if columns and group in cutoffs:
            at = [rig.index[animation.names[column]] for column in columns]
            calm = low_pass(out[:, columns], animation.fps, cutoffs[group])
            out[:, columns] = np.clip(calm, rig.low[at], rig.high[at])
    return replace(animation, controls=out)


def low_pass(curves: np.ndarray, fps: float, cutoff: float) -> np.ndarray:
    """Curves (T, C) without what is faster than `cutoff` Hz (down to 3 dB there); nothing is delayed, ends are held."""
    if len(curves) < 2:
        return curves.copy()
    return correlate1d(curves, taps(fps, cutoff), axis=0, mode="nearest").astype(curves.dtype)


def taps(fps: float, cutoff: float) -> np.ndarray:
    """(2 n + 1,) weights of neighbouring frames, symmetrical, with sum 1, whose response is `response` at any frame rate.

    They may be negative at a distance: a parabola comes through unchanged, so peaks keep their height.
    """
    grid = 4096
    whole = np.fft.irfft(response(np.fft.rfftfreq(grid, 1.0 / fps), cutoff))
    reach = max(4, int(np.ceil(1.6 * fps / cutoff)))
    weights = np.concatenate([whole[-reach:], whole[: reach + 1]])
    return weights / weights.sum()


def response(hertz: np.ndarray, cutoff: float) -> np.ndarray:
    """What is left of a movement of so many Hz: (1 + u) exp(-u), u = 1.0780 (f / cutoff)^2.

    It is flat at 0 to the fourth power of the frequency, falls evenly, has no ripple, and is 0.7071 at `cutoff`: the
    Gaussian kernel of fourth order (Wand & Schucany 1990).
    """
    u = 1.0780 * (np.asarray(hertz) / cutoff) ** 2
    return (1.0 + u) * np.exp(-u)
