"""The command `animate` as tests use it: in this process, so that its engine is loaded once for all of them."""

import signal
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from speechface import cli

SHARED = Path(__file__).parents[2] / "shared" / "data"


class Said(NamedTuple):
    """What a command leaves: its exit code and what it printed."""

    code: int
    out: str
    err: str


def speech(path: Path, seconds: float = 0.5, rate: int = 16000) -> Path:
    """A file with something like two syllables."""
    time = np.arange(round(seconds * rate)) / rate
    sound = np.sin(2 * np.pi * 150 * time) + 0.5 * np.sin(2 * np.pi * 900 * time)
    soundfile.write(path, 0.2 * sound * np.sin(np.pi * time / seconds * 2) ** 2, rate)
    return path


@pytest.fixture
def animate(tmp_path, monkeypatch, capfd):
    """Run `animate` with words, in an empty folder that has `speech.wav` in it."""
    speech(tmp_path / "speech.wav")
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["animate", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.animate()
        return Said(ended.value.code, *capfd.readouterr())

    yield run
    signal.signal(signal.SIGTERM, before)
