"""Train the net that judges feelings on pictures of faces.

Example:
  speechface train videoemotion pictures/face --out runs/videoemotion
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tyro

from speechface.perception.config import Data, FeelingConfig
from speechface.training_config import Training


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how. Train the net that teaches and the one that judges apart: other seed, other pictures."""

    pictures: tyro.conf.Positional[Path]
    """Album of faces, from 'speechface prepare pictures --view face'."""
    out: Path = Path("runs/videoemotion")
    """Run folder: logs, checkpoints and, at the end, the model."""
    net: FeelingConfig = field(default_factory=FeelingConfig)
    data: Data = field(default_factory=lambda: Data(batch=16, frames=16))
    training: Training = field(default_factory=lambda: Training(steps=800, rate=1e-3, average=0.995, validate=100))
    stills: int = 2000
    """Steps on single pictures before those on windows; they are what teaches the net to see."""


def run(arguments: Arguments) -> None:
    """Train, and say where the model is and how well it judges voices, heads and styles that it has not seen."""
    from speechface.commands.evaluate import _tables
    from speechface.perception.album import Album
    from speechface.perception.feeling_training import evaluate, train
    from speechface.perception.video_emotion import load

    a = arguments
    terms = train(a.pictures, a.out, a.net, a.data, a.training, a.stills)
    print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))
    _tables.show(evaluate(load(a.out / "model"), Album.read(a.pictures, "face")), ["told", "level", "clips"], None)
