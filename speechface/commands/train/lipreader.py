"""Train the lip reader on pictures of mouths.

Example:
  speechface train lipreader pictures/mouth --out runs/lipreader
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tyro

from speechface.perception.config import Data, LipConfig
from speechface.training_config import Training


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how."""

    pictures: tyro.conf.Positional[Path]
    """Album of mouths, from 'speechface prepare pictures --view mouth'."""
    out: Path = Path("runs/lipreader")
    """Run folder: logs, checkpoints and, at the end, the model."""
    net: LipConfig = field(default_factory=LipConfig)
    data: Data = field(default_factory=Data)
    training: Training = field(default_factory=lambda: Training(steps=1500, rate=2e-3, average=0.995, validate=150))


def run(arguments: Arguments) -> None:
    """Train, and say where the model is and how well it reads voices and heads that it has not seen."""
    from speechface.commands.evaluate import _tables
    from speechface.perception.album import Album
    from speechface.perception.lip_reader import load
    from speechface.perception.lip_training import evaluate, train

    a = arguments
    terms = train(a.pictures, a.out, a.net, a.data, a.training)
    print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))
    rows = evaluate(load(a.out / "model"), Album.read(a.pictures, "mouth"))
    _tables.show(rows, ["frames_right", "letters_wrong", "closed_seen", "clips"], None)
