"""Sounds that are not clean speech, made from clean speech by rule: what an engine has to bear.

Whispering (the voice replaced by noise of the same spectrum), singing (the same words, slow and on four notes), noise, music,
coughs, two people at once, a clipped and a quiet recording, silence. `python benchmarks/odd_sounds.py [RECORDING]` prints
what the report says of each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np

import speechface as sf
from speechface import heads
from speechface.audio import load
from speechface.evaluation.report import report

RATE = 16000
NOTES = (0, 4, 7, 5)
"""Semitones of the tune above the lowest note."""


def whispered(speech: np.ndarray) -> np.ndarray:
    """Each 32 ms frame's all-pole spectrum (order 18) with noise for a voice."""
    noise = np.random.default_rng(0).standard_normal(len(speech)).astype(np.float32)
    stft = {"n_fft": 512, "hop_length": 128}
    envelope = np.empty((257, 1 + len(speech) // 128), np.float32)
    frames = librosa.util.frame(np.pad(speech, 256, mode="reflect"), frame_length=512, hop_length=128)
    for n, frame in enumerate(frames.T[: envelope.shape[1]]):
        size = np.sqrt(np.mean(frame**2)) + 1e-6
        poles = librosa.lpc(frame * np.hanning(512) + 1e-5 * noise[:512], order=18)
        shape = 1.0 / np.abs(np.fft.rfft(poles, 512))
        envelope[:, n] = size * shape / np.sqrt(np.mean(shape**2))
    tilt = np.linspace(0.15, 1.0, 257)[:, None]  # a whisper has little of the low end
    return _as_loud(
        librosa.istft(librosa.stft(noise, **stft) * envelope * tilt, length=len(speech), **stft), speech, 0.3
    )


def sung(speech: np.ndarray) -> np.ndarray:
    """Half as fast, on a tune of four notes."""
    slow = librosa.effects.time_stretch(speech, rate=0.5)
    parts = np.array_split(slow, 8)
    return np.concatenate(
        [librosa.effects.pitch_shift(part, sr=RATE, n_steps=2 + NOTES[n % 4]) for n, part in enumerate(parts)]
    )


def noisy(speech: np.ndarray, decibels: float = 20.0) -> np.ndarray:
    """With noise of a falling spectrum, so many decibels below the speech."""
    noise = np.cumsum(np.random.default_rng(1).standard_normal(len(speech)))
    noise -= np.convolve(noise, np.ones(400) / 400, "same")
    return speech + noise * _rms(speech) / _rms(noise) * 10 ** (-decibels / 20)


def music(speech: np.ndarray) -> np.ndarray:
    """Chords of plucked strings and a drum, as long as the speech; nobody sings."""
    at, out = np.arange(len(speech)) / RATE, np.zeros(len(speech))
    for beat in np.arange(0.0, at[-1], 0.5):
        since = np.maximum(at - beat, 0.0)
        sounding = (at >= beat) * np.exp(-3.0 * since)
        for step in (0, 4, 7, 12):
            pitch = 220.0 * 2 ** ((step + NOTES[int(2 * beat) % 4]) / 12)
            out += sounding * sum(np.sin(2 * np.pi * pitch * k * since) / k for k in (1, 2, 3))
        out += 4 * (at >= beat) * np.exp(-40.0 * since) * np.random.default_rng(2).standard_normal(len(at))
    return _as_loud(out, speech)


def coughed(speech: np.ndarray) -> np.ndarray:
    """Three coughs in silence: bursts of 250 ms of throaty noise."""
    out, draw = np.zeros(len(speech)), np.random.default_rng(3)
    for start in np.linspace(0.2, 0.7, 3) * len(speech):
        at = np.arange(4000) / RATE
        burst = np.convolve(draw.standard_normal(4000), np.hanning(12), "same")
        out[int(start) : int(start) + 4000] += burst * np.minimum(at / 0.01, 1.0) * np.exp(-12.0 * at)
    return _as_loud(out, speech)


def two_people(speech: np.ndarray) -> np.ndarray:
    """The same line by a second, lower voice that begins 0.4 s later and is as loud."""
    other = librosa.effects.pitch_shift(speech, sr=RATE, n_steps=-5)
    return speech + np.pad(other, (6400, 0))[: len(speech)]


def over_music(speech: np.ndarray) -> np.ndarray:
    """Speech with music 10 dB below."""
    return speech + 10 ** (-10 / 20) * music(speech)


KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "clean": lambda speech: speech,
    "noise 20 dB below": noisy,
    "noise 5 dB below": lambda speech: noisy(speech, 5.0),
    "whispered": whispered,
    "sung": sung,
    "two people": two_people,
    "over music": over_music,
    "music alone": music,
    "coughs": coughed,
    "clipped": lambda speech: np.clip(12.0 * speech, -0.99, 0.99),
    "quiet (-40 dB)": lambda speech: 0.01 * speech,
    "silence": lambda speech: np.zeros_like(speech),
}


def make(kind: str, speech: np.ndarray) -> np.ndarray:
    """One of `KINDS` made of clean speech (S,) at 16 kHz: (S',) float32 within -1..1."""
    sound = np.asarray(KINDS[kind](speech), dtype=np.float32)
    return sound / max(1.0, float(np.abs(sound).max()))


def _rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) + 1e-12


def _as_loud(sound: np.ndarray, speech: np.ndarray, share: float = 1.0) -> np.ndarray:
    return (sound * share * _rms(speech) / _rms(sound)).astype(np.float32)


def main(recording: Path) -> None:
    """Animate every kind made of a recording, and print what the report says of it."""
    speech = load.read(recording)
    head = heads.load(heads.default("flame"))
    print(f"{'sound':<18}{'mouth mm':>9}{'in speech':>10}{'voiced':>8}{'sure':>6}  what the report says")
    for kind in KINDS:
        sound = make(kind, speech)
        clip = sf.animate((sound, RATE), "neutral", alive=False)
        found = report(clip, sound, head)
        facts = found["sound"]
        gap = np.mean(found["curves"]["gap"])
        voiced = "-" if facts["voiced"] is None else f"{facts['voiced']:.2f}"
        said = "; ".join(found["warnings"]) or "nothing"
        print(f"{kind:<18}{gap:>9.1f}{facts['speech']:>10.2f}{voiced:>8}{facts['sure']:>6.2f}  {said}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/hello.wav"))
