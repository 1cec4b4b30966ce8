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
    """Head the parameters move: flame, or your own flame:/path/to/FLAME2023.pkl."""
    expressions: int = 0
    """How many expression coefficients are learnt, from the first on (50, 100); 0 is all that the head has."""
    pictures: bool = True
    """Whether to draw a held-out clip after every validation (out/pictures)."""
    dry_run: bool = False
    """Check the clips and say what training would take in time and memory, without training."""
    net: Config = field(default_factory=Config)
    data: Data = field(default_factory=Data)
    training: Training = field(default_factory=lambda: Training(steps=12000, rate=1e-3, decay=0.0, average=0.999))


def run(arguments: Arguments) -> None:
    """Train, and say where the model is."""
    from priors.flint_training import train
    from speechface.checkpoint import leads

    a, show = arguments, None
    if a.pictures and not a.dry_run:
        from functools import partial

        from render.sheet import write_together
        from speechface import heads

        show = partial(write_together, head=heads.load(a.head))

    terms = train(
        a.clips, a.out, a.head, a.net, a.data, a.training, show=show, dry=a.dry_run, expressions=a.expressions
    )
    if not a.dry_run and leads():
        print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))
