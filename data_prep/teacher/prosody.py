"""Loudness, pitch and the accents they make, from the sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from speechface.visemes import VOWELS, Segment

RATE = 100
"""Frames a second of every curve the teacher works on; frame t is at (t + 0.5) / 100 seconds."""


@dataclass(frozen=True)
class Prosody:
    """loudness: (T,) decibels over the loud parts of the clip, at most about 0. accents: (K,) seconds of stressed
    vowels and weights (K,) in 0..1. phrase: (T,) 0..1, how far into its stretch of speech a frame is."""

    loudness: np.ndarray
    accents: np.ndarray
    weights: np.ndarray
    phrase: np.ndarray


def hear(samples: np.ndarray, segments: list[Segment], frames: int) -> Prosody:
    """Prosody of 16 kHz samples (S,) with their phones, over `frames` frames of 10 ms."""
    hop = 16000 // RATE
    padded = np.zeros(frames * hop, dtype=np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    power = gaussian_filter1d((padded.reshape(frames, hop) ** 2).mean(axis=1), 6.0)
    loud = np.quantile(power, 0.95) + 1e-9
    loudness = np.maximum(10.0 * np.log10(power / loud + 1e-6), -60.0)
    pitch = _pitch(padded, frames)
    accents, weights = _accents(loudness, pitch, segments, frames)
    return Prosody(loudness, accents, weights, _phrase(segments, frames))


def _pitch(samples: np.ndarray, frames: int) -> np.ndarray:
    """(T,) semitones over the clip's median; 0 where there is no voice (YIN, de Cheveigné & Kawahara 2002)."""
    import librosa

    hertz = librosa.yin(samples, fmin=65.0, fmax=500.0, sr=16000, frame_length=1024, hop_length=16000 // RATE)[:frames]
    loudness = gaussian_filter1d(np.pad(np.abs(samples), (0, 160)).reshape(-1, 160).mean(axis=1)[:frames], 3.0)
    voiced = (loudness > 0.15 * np.quantile(loudness, 0.95)) & (hertz > 70.0) & (hertz < 480.0)
    if not voiced.any():
        return np.zeros(frames)
    semitones = 12.0 * np.log2(hertz / np.median(hertz[voiced]))
    return gaussian_filter1d(np.where(voiced, np.clip(semitones, -9.0, 9.0), 0.0), 4.0)


def _accents(
    loudness: np.ndarray, pitch: np.ndarray, segments: list[Segment], frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Vowels that stand out in loudness, pitch and length: about two a second at most, weighted by how much they do."""
    prominence = np.zeros(frames)
    for segment in segments:
        first, last = int(segment.start * RATE), min(int(np.ceil(segment.end * RATE)), frames)
        if segment.viseme in VOWELS and last > first:
            length = np.log(max(segment.end - segment.start, 0.03) / 0.09)
            prominence[first:last] = (
                1.0 + 0.05 * loudness[first:last].max() + 0.08 * pitch[first:last].max() + 0.35 * length
            )
    smooth = gaussian_filter1d(prominence, 6.0)
    peaks, _ = find_peaks(smooth, distance=35, prominence=0.12)
    if not len(peaks):
        return np.zeros(0), np.zeros(0)
    weights = np.clip((smooth[peaks] - 0.45) / 0.8, 0.0, 1.0)
    return (peaks[weights > 0.1] + 0.5) / RATE, weights[weights > 0.1]


def _phrase(segments: list[Segment], frames: int) -> np.ndarray:
    """(T,) position within each stretch of speech between pauses of 200 ms or more."""
    out = np.zeros(frames)
    start: float | None = None
    end = 0.0
    spoken = [segment for segment in segments if segment.viseme != 0]
    for segment in [*spoken, None]:
        if start is not None and (segment is None or segment.start - end > 0.2):
            first, last = int(start * RATE), min(int(end * RATE) + 1, frames)
            out[first:last] = np.linspace(0.0, 1.0, max(last - first, 1))[: max(0, last - first)]
            start = None
        if segment is not None:
            start, end = (segment.start if start is None else start), segment.end
    return out
