"""How well the audio encoder hears visemes and articulation, on labelled speech.

Example:
  speechface evaluate hearing ../shared/data/speech
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from speechface.commands.evaluate import _tables


@dataclass(frozen=True)
class Arguments:
    """Which encoder, on what."""

    data: tyro.conf.Positional[Path]
    """Clip folder, or a folder of recordings with phone labels."""
    corpus: str = "labelled"
    """How to read a folder that is no clip folder; see 'speechface list'."""
    split: str = "test"
    """Split of a clip folder."""
    by: str = "source"
    """What a row stands for: source, language or speaker."""
    encoder: str = ""
    """Model folder of the encoder; the one that comes with speechface by default."""
    out: Path | None = None
    """JSON file to write."""


def run(arguments: Arguments) -> None:
    """Print a row a set of recordings."""
    columns = ["viseme_12", "viseme_21", "jaw_r", "round_r", "spread_r", "close_r", "closure_f1", "clips"]
    _tables.show(measure(arguments), columns, arguments.out)


def measure(arguments: Arguments) -> dict[str, dict[str, float]]:
    """Scores of every set of recordings and of `all`."""
    from speechface.audio.encoders.viseme import load
    from speechface.evaluation import hearing

    utterances = _tables.speech(arguments.data, arguments.corpus, arguments.split, arguments.by)
    return hearing.measure(utterances, load(str(arguments.encoder)))
