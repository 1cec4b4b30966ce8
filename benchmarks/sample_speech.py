"""A recording to measure with: real speech where it is there, else a sound that has the rhythm of speech; as long as asked."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 16000
_HERE = Path(__file__).resolve().parents[1]
_PLACES = ("../shared/data/speech/librivox/*.wav", "../shared/data/speech/**/*.wav", "examples/*.wav")


def find() -> Path | None:
    """The longest recording in the first of the usual places that has one."""
    for place in _PLACES:
        found = sorted(_HERE.glob(place), key=lambda file: (file.stat().st_size, file.name))
        if found:
            return found[-1]
    return None


def samples(source: Path | None = None) -> np.ndarray:
    """(S,) int16 at 16 kHz: a recording, the usual one if none is given, or what `synthetic` makes if there is none."""
    source = source or find()
    if source is None:
        return synthetic()
    import soundfile
    import soxr

    sound, rate = soundfile.read(source, dtype="float32", always_2d=True)
    sound = soxr.resample(sound.mean(axis=1), rate, RATE)
    return (np.clip(sound, -1.0, 1.0) * 32767.0).astype(np.int16)


def synthetic(seconds: float = 10.0) -> np.ndarray:
    """(S,) int16 at 16 kHz: a buzz of 120 Hz through three drifting resonances, four syllables a second, with pauses."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(0)
    time = np.arange(round(seconds * RATE)) / RATE
    voice = np.diff(np.floor(np.cumsum(120.0 + 15.0 * np.sin(4.0 * time)) / RATE), prepend=0.0)
    out = np.zeros(len(time))
    for block in np.array_split(np.arange(len(time)), round(seconds * 4.0)):
        piece = voice[block] + 0.02 * rng.normal(size=len(block))
        for formant in rng.uniform((300.0, 900.0, 2200.0), (800.0, 2000.0, 3000.0)):
            turn = 2.0 * np.pi * formant / RATE
            piece = lfilter([0.06], [1.0, -1.94 * np.cos(turn), 0.9409], piece)
        out[block] = piece * np.sin(np.linspace(0.0, np.pi, len(block))) * (rng.random() > 0.15)
    return (out / np.abs(out).max() * 20000.0).astype(np.int16)


def write(path: Path, seconds: float, source: Path | None = None) -> Path:
    """Write a wav of just this length, the recording again and again; piece by piece, so that it takes no memory."""
    once = samples(source)
    left = round(seconds * RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        while left > 0:
            file.writeframes(once[:left].tobytes())
            left -= len(once)
    return path
