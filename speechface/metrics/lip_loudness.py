"""Loudness against movement of the lips: SLCC, from clip to clip, and a correlation within clips.

Speech-lip intensity correlation coefficient (Chae-Yeon et al., CVPR 2025, arXiv 2503.20308; scripts extract_lip_intensity.py,
extract_rms.py, evaluate_SLCC.py): a clip's lip intensity is the root mean square over frames of the mean displacement of the
lip vertices from frame to frame; its speech intensity the root mean square of its samples; both are normalised to mean 0 and
standard deviation 1 over the clips of each speaker (dropping speakers with one clip); SLCC is the Pearson correlation over all
clips. Here the displacement is a speed (m/s), which changes nothing at one frame rate and makes rates comparable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FLOOR = 1e-7
"""Power under which sound counts as silence."""


def lip_intensity(lips: np.ndarray, fps: float) -> float:
    """Metres a second: root mean square over time of the mean speed of lips (T, n, 3)."""
    steps = np.linalg.norm(np.diff(np.asarray(lips, dtype=np.float64), axis=0), axis=-1).mean(axis=-1)
    return float(fps * np.sqrt((steps**2).mean())) if len(steps) else 0.0


def speech_intensity(samples: np.ndarray) -> float:
    """Root mean square of samples (S,)."""
    return float(np.sqrt((np.asarray(samples, dtype=np.float64) ** 2).mean()))


def normalised(values: np.ndarray, speakers: Sequence[str]) -> np.ndarray:
    """(n,) values less their speaker's mean, over its standard deviation (n - 1); NaN for speakers of one clip or no spread."""
    out = np.full(len(values), np.nan)
    for speaker in set(speakers):
        mine = np.array([other == speaker for other in speakers])
        spread = values[mine].std(ddof=1) if mine.sum() > 1 else 0.0
        if spread > 0.0:
            out[mine] = (values[mine] - values[mine].mean()) / spread
    return out


def loudness(samples: np.ndarray, frames: int, fps: float, rate: float = 16000.0) -> np.ndarray:
    """(frames,) decibels of the sound within half a frame of each frame, samples (S,) at `rate`."""
    width = max(1, round(rate / fps))
    power = np.concatenate([[0.0], np.cumsum(np.asarray(samples, dtype=np.float64) ** 2)])
    middle = np.round(np.arange(frames) / fps * rate).astype(int)
    low, high = (np.clip(middle + side, 0, len(samples)) for side in (-(width // 2), width - width // 2))
    return 10.0 * np.log10((power[high] - power[low]) / np.maximum(high - low, 1) + FLOOR)
