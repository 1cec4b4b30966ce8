"""Train the motion prior (FLINT) on clips with motion.

Example:
  speechface train prior clips/synthetic --out runs/prior
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tyro

from priors.flint_config import Config, Data
from speechface.training_config import Training


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how."""

    clips: tyro.conf.Positional[tuple[Path, ...]]
    """Clip folders with motion.npz in FLAME's parameters."""
    out: Path = Path("runs/prior")
    """Run folder: logs, checkpoints and, at the end, the model."""
    head: str = "flame"
    """Head the parameters move."""
    net: Config = field(default_factory=Config)
    data: Data = field(default_factory=Data)
    training: Training = field(default_factory=lambda: Training(steps=12000, rate=1e-3, decay=0.0, average=0.999))


def run(arguments: Arguments) -> None:
    """Train, and say where the model is."""
    from priors.flint_training import train

    a = arguments
    terms = train(a.clips, a.out, a.head, a.net, a.data, a.training)
    print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))
