"""Train EMOTE on clips with sound and motion.

Example:
  speechface train emote clips/synthetic --prior runs/prior/model --out runs/emote
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tyro

from emote.config import Config, Data, Weights
from speechface.training_config import Training


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how."""

    clips: tyro.conf.Positional[tuple[Path, ...]]
    """Clip folders with audio.wav and motion.npz in FLAME's parameters."""
    prior: Path | None = None
    """Model folder of the motion prior; the one that comes with speechface by default."""
    start: Path | None = None
    """Model folder of an EMOTE to go on from, with its prior, encoder and shape, instead of random weights."""
    out: Path = Path("runs/emote")
    """Run folder: logs, checkpoints and, at the end, the model."""
    head: str = "flame"
    """Head the parameters move."""
    net: Config = field(default_factory=Config)
    data: Data = field(default_factory=Data)
    weights: Weights = field(default_factory=Weights)
    training: Training = field(default_factory=lambda: Training(steps=12000, rate=1e-3, average=0.999))


def run(arguments: Arguments) -> None:
    """Train, and say where the model is."""
    from emote.training import train

    a = arguments
    terms = train(a.clips, a.out, a.prior, a.head, a.start, a.net, a.data, a.training, a.weights)
    print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))
