"""Flite: small English voices trained on recordings of people (ARCTIC slt, rms, awb) and one diphone voice (kal16)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import soundfile

from data_prep.utterance import Style, Utterance, Voice, fit
from speechface.errors import UserError
from speechface.visemes import Segment, from_arpabet

INSTALL = "apt install flite"
_SPEAKERS = {"slt": "arctic_slt", "rms": "arctic_rms", "awb": "arctic_awb", "kal16": "festvox_kal"}
_LATE = {"slt": 0.006, "rms": 0.003}
"""Seconds by which a voice's sound follows its plan, measured with `data_prep.label_timing`."""


def voices() -> list[Voice]:
    """The voices inside the program; empty if it is not installed."""
    if shutil.which("flite") is None:
        return []
    return [
        Voice(name, "en", f"flite_{name}", True, speaker, "BSD-like (CMU Flite)") for name, speaker in _SPEAKERS.items()
    ]


def speak(texts: Sequence[str], voice: Voice, styles: Sequence[Style]) -> Iterator[Utterance | None]:
    """One utterance (16 kHz) for every text, None where Flite gave no sound; `UserError` if it is not installed."""
    if shutil.which("flite") is None:
        raise UserError(f"Flite is not installed; run '{INSTALL}'")
    with tempfile.TemporaryDirectory() as folder:
        for text, style in zip(texts, styles, strict=True):
            yield _speak(text, voice, style, Path(folder) / "speech.wav")


def _speak(text: str, voice: Voice, style: Style, wav: Path) -> Utterance | None:
    stretch = f"duration_stretch={1 / style.tempo:.3f}"
    command = ["flite", "-voice", voice.name, "-psdur", "--setf", stretch, "-t", text, "-o", str(wav)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # One 'phone:end' a phone, seconds from the start.
    plan = [item.rsplit(":", 1) for item in done.stdout.split()]
    if done.returncode or not plan or not wav.exists():
        return None
    samples, rate = soundfile.read(wav, dtype="float32")
    segments: list[Segment] = []
    start = 0.0
    for phone, end in plan:
        segments += from_arpabet(start, float(end), phone)
        start = float(end)
    return Utterance(samples, rate, fit(segments, len(samples) / rate, _LATE.get(voice.name, 0.0)), text, voice)
