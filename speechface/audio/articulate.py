"""What the mouth does, read off the built-in encoder: viseme posteriors and articulation curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from speechface.audio.encoders.viseme import Encoder
from speechface.audio.windows import Listener
from speechface.visemes import CHANNELS, CLASSES, SPREADS, TARGETS, WEIGHTS

RATE = 100.0
_CHUNK = 3000


@dataclass(frozen=True)
class Articulation:
    """Posteriors (T, 21) and curves (T, 5) of `speechface.visemes.CHANNELS` at 100 Hz; frame t at (t + 0.5) / 100 s."""

    posteriors: np.ndarray
    curves: np.ndarray


def articulate(encoder: Encoder, samples: np.ndarray, device: str = "cpu") -> Articulation:
    """Listen to 16 kHz samples (S,). Curves are the mean of the net's own and those its posteriors ask for."""
    listener = Listener(encoder, samples, device)
    said = slice(encoder.config.channels, None)  # the rest of the features, most of the memory, is let go at once
    parts = [
        listener.features(first, first + _CHUNK)[0, :, said].cpu().numpy().copy()
        for first in range(0, listener.count, _CHUNK)
    ]
    heard = np.concatenate(parts).reshape(-1, len(CLASSES) + len(CHANNELS))
    posteriors, own = np.exp(heard[:, : len(CLASSES)]), heard[:, len(CLASSES) :].copy()
    for sparse in ("close", "tuck"):
        column = CHANNELS.index(sparse)
        own[:, column] = 1.0 / (1.0 + np.exp(-own[:, column]))
    return Articulation(posteriors, np.clip(0.5 * own + 0.5 * dominance(posteriors), 0.0, 1.0))


def dominance(posteriors: np.ndarray) -> np.ndarray:
    """(T, 5) curves by the dominance model with posteriors (T, 21) in place of phones: sum p w t / sum p w, smoothed."""
    pulled, weight = posteriors @ (WEIGHTS * TARGETS), posteriors @ WEIGHTS
    out = np.empty_like(pulled)
    for channel, spread in enumerate(SPREADS):
        width = max(1.0, 0.9 * spread * RATE)
        out[:, channel] = gaussian_filter1d(pulled[:, channel], width) / gaussian_filter1d(weight[:, channel], width)
    return out
