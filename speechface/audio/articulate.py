"""What the mouth does, read off the built-in encoder: viseme posteriors and articulation curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from speechface.audio.encoders.viseme import Encoder
from speechface.audio.windows import Listener
from speechface.visemes import BILABIAL, CHANNELS, CLASSES, LABIODENTAL, SILENCE, SPREADS, TARGETS, VOWELS, WEIGHTS

RATE = 100.0
HEARD_FROM = 0.4
"""Probability from which a p b m or f v counts as heard; chosen on the validation speakers of `clips/real`."""
_CHUNK = 3000


@dataclass(frozen=True)
class Articulation:
    """Posteriors (T, 21) and curves (T, 5) of `speechface.visemes.CHANNELS` at 100 Hz; frame t at (t + 0.5) / 100 s."""

    posteriors: np.ndarray
    curves: np.ndarray


def articulate(encoder: Encoder, samples: np.ndarray, device: str = "cpu") -> Articulation:
    """Listen to 16 kHz samples (S,). Curves are the mean of the net's own and those its posteriors ask for."""
    listener = Listener(encoder, samples, device)
    parts = [heard(encoder, listener.features(first, first + _CHUNK)) for first in range(0, listener.count, _CHUNK)]
    posteriors, own = (np.concatenate(part) for part in zip(*parts, strict=True))
    asked = dominance(posteriors)
    for sparse, viseme in (("close", BILABIAL), ("tuck", LABIODENTAL)):
        column = CHANNELS.index(sparse)
        own[:, column] = 1.0 / (1.0 + np.exp(-own[:, column]))
        asked[:, column] = np.interp(posteriors[:, viseme], (0.0, HEARD_FROM, 1.0), (0.0, 0.5, 1.0))
    return Articulation(posteriors, np.clip(0.5 * own + 0.5 * asked, 0.0, 1.0))


def clarity(posteriors: np.ndarray) -> dict[str, float]:
    """How clearly posteriors (N, 21) hear speech: share of the time with speech, mean probability of the likeliest viseme in
    it (`sure`), and mean probability of vowels over the whole sound."""
    speech = posteriors[:, SILENCE] < 0.5
    return {
        "speech": round(float(speech.mean()), 3) if len(speech) else 0.0,
        "sure": round(float(posteriors[speech].max(axis=1).mean()), 3) if speech.any() else 0.0,
        "vowels": round(float(posteriors[:, sorted(VOWELS)].sum(axis=1).mean()), 3) if len(speech) else 0.0,
    }


def heard(encoder: Encoder, features: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors (2 N, 21) and raw curves (2 N, 5) at 100 Hz that features (1, N, D) of the built-in encoder hold."""
    rows = features[0, :, encoder.config.channels :].cpu().numpy().reshape(-1, len(CLASSES) + len(CHANNELS))
    return np.exp(rows[:, : len(CLASSES)]), rows[:, len(CLASSES) :].copy()


def dominance(posteriors: np.ndarray) -> np.ndarray:
    """(T, 5) curves by the dominance model with posteriors (T, 21) in place of phones: sum p w t / sum p w, smoothed."""
    pulled, weight = posteriors @ (WEIGHTS * TARGETS), posteriors @ WEIGHTS
    out = np.empty_like(pulled)
    for channel, spread in enumerate(SPREADS):
        width = max(1.0, 0.9 * spread * RATE)
        out[:, channel] = gaussian_filter1d(pulled[:, channel], width) / gaussian_filter1d(weight[:, channel], width)
    return out
