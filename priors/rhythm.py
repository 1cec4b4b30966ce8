"""The rhythm of speech, from loudness alone: when someone speaks, where phrases end, which syllables are stressed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.signal import find_peaks

RATE = 100.0


@dataclass(frozen=True)
class Rhythm:
    """speaking: (N,) 0..1 at 100 Hz. ends: seconds at which phrases end. stresses, weights: (K,) seconds and 0..1."""

    speaking: np.ndarray
    ends: np.ndarray
    stresses: np.ndarray
    weights: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """(T,) how much someone speaks at (T,) seconds."""
        return np.interp(times, self._times, self.speaking) if len(self.speaking) else np.zeros(len(times))

    @cached_property
    def starts(self) -> np.ndarray:
        """(K,) seconds at which phrases begin."""
        heard = np.concatenate([[0.0], self.speaking]) > 0.5
        return np.flatnonzero(~heard[:-1] & heard[1:]) / RATE

    @cached_property
    def _times(self) -> np.ndarray:
        """(N,) seconds at the middle of every frame."""
        return (np.arange(len(self.speaking)) + 0.5) / RATE


def rhythm(samples: np.ndarray) -> Rhythm:
    """Rhythm of 16 kHz samples (S,); silence and steady noise give none."""
    hop = int(16000 / RATE)
    frames = len(samples) // hop
    if frames < 3:
        return Rhythm(np.zeros(frames), np.zeros(0), np.zeros(0), np.zeros(0))
    power = (samples[: frames * hop].reshape(frames, hop) ** 2).mean(axis=1)
    decibels = 10.0 * np.log10(gaussian_filter1d(power, 2.0) + 1e-10)
    loud, floor = np.quantile(decibels, 0.97), max(np.quantile(decibels, 0.05), -75.0)
    threshold = max(floor + 0.35 * (loud - floor), loud - 35.0)
    heard = (decibels > threshold) & (loud - floor > 8.0) & (loud > -60.0)
    together = maximum_filter1d(heard.astype(float), 31)  # pauses under 300 ms belong to the phrase
    ends = np.flatnonzero(np.diff(together) < 0) / RATE
    syllables = gaussian_filter1d(np.where(heard, decibels - threshold, 0.0), 6.0)
    peaks, found = find_peaks(syllables, distance=30, prominence=3.0)
    weights = np.clip(found["prominences"] / 15.0, 0.0, 1.0)
    return Rhythm(gaussian_filter1d(together, 5.0), ends, (peaks + 0.5) / RATE, weights)
