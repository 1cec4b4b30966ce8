"""The tongue, driven by what the built-in encoder hears: the tip goes up for l n t d, out for th, the back up for k g.

No audio-to-motion model has to know of the tongue: it is a curve of its own, added to what a model says. Targets and
weights are those of the teacher's dominance model (Cohen & Massaro 1993), with posteriors in place of phones.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from speechface.audio.articulate import RATE
from speechface.visemes import INDEX

CONTROLS = ("tongueTipUp", "tongueOut", "tongueBackUp", "tongueWide")

# target/weight by class: tip, out, back, wide; what is not named leaves it to the neighbours
_ASKS = {
    "SIL": "0/.4 0/.6 0/.4 -", "TH": ".2/1 .5/3 - -", "TD": ".75/2 0/1 - -", "N": ".75/2 0/1 - -", "L": ".9/2.5 .06/1 - -",
    "SZ": ".45/1 0/1 - .2/1", "SH": ".3/1 0/1 - -", "R": ".15/.6 0/1 .35/1 -", "KG": "- 0/1 .75/2 -", "W": "- - .3/1 -",
    "IY": "- - - .4/1", "IH": "- - - .2/.6", "AO": "- - .3/1 -", "UW": "- - .35/1 -",
}  # fmt: skip
FAINT = 0.08
"""Weight, with target 0, where a class asks for nothing."""

SMOOTH = np.array([0.022, 0.026, 0.026, 0.030])
"""(4,) standard deviation in seconds of the Gaussian that stands for inertia and for the reach of a phone."""

OUT_BY_JAW = 6.0
"""How far the tongue may come out for each radian the jaw is open, so that the teeth do not bite it."""


def _table() -> tuple[np.ndarray, np.ndarray]:
    targets = np.zeros((len(INDEX), len(CONTROLS)))
    weights = np.full((len(INDEX), len(CONTROLS)), FAINT)
    for name, text in _ASKS.items():
        for column, asked in enumerate(text.split()):
            if asked != "-":
                targets[INDEX[name], column], weights[INDEX[name], column] = map(float, asked.split("/"))
    return targets, weights


TARGETS, WEIGHTS = _table()
"""(21, 4) what every class of `speechface.visemes` asks of every control, and how strongly."""


def tongue(posteriors: np.ndarray, rate: float = RATE) -> np.ndarray:
    """(T, 4) curves of `CONTROLS`, 0..1, for posteriors (T, 21) of `speechface.visemes.CLASSES` at `rate` a second."""
    pulled, weight = posteriors @ (WEIGHTS * TARGETS), posteriors @ WEIGHTS
    out = np.empty_like(pulled)
    for column, spread in enumerate(SMOOTH):
        width = spread * rate
        out[:, column] = gaussian_filter1d(pulled[:, column], width) / gaussian_filter1d(weight[:, column], width)
    return np.clip(out, 0.0, 1.0)


def tongue_curves(posteriors: np.ndarray, times: np.ndarray, jaw: np.ndarray) -> dict[str, np.ndarray]:
    """Curves (T,) float32 by control at times (T,) in seconds, for viseme posteriors (N, 21) that were heard at 100 Hz.

    jaw: (T,) radians by which it is open.
    """
    if not len(posteriors):
        return {name: np.zeros(len(times), dtype=np.float32) for name in CONTROLS}
    at = (np.arange(len(posteriors)) + 0.5) / RATE
    found = np.stack([np.interp(times, at, column) for column in tongue(posteriors).T], axis=1).astype(np.float32)
    curves = dict(zip(CONTROLS, found.T, strict=True))
    curves["tongueOut"] = np.minimum(curves["tongueOut"], OUT_BY_JAW * np.maximum(jaw, 0.0)).astype(np.float32)
    return curves
