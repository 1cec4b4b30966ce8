"""Train the built-in audio encoder on clips with phone labels.

Example:
  speechface train encoder clips/synthetic clips/real --share 0.4 0.6 --out runs/encoder
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tyro

from speechface.audio.viseme_config import Config, Data
from speechface.training_config import Training


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how."""

    clips: tyro.conf.Positional[tuple[Path, ...]]
    """Clip folders with phones.tsv."""
    share: tuple[float, ...] = ()
    """Share of the crops that comes from each folder; equal by default."""
    out: Path = Path("runs/encoder")
    """Run folder: logs, checkpoints and, at the end, the model."""
    start: Path | None = None
    """Model folder to start from instead of random weights."""
    dry_run: bool = False
    """Check the clips and say what training would take in time and memory, without training."""
    net: Config = field(default_factory=Config)
    data: Data = field(default_factory=Data)
    training: Training = field(default_factory=lambda: Training(steps=6000, rate=1.5e-3, average=0.999))


def run(arguments: Arguments) -> None:
    """Train, and say where the model is."""
    from speechface.audio.viseme_training import train
    from speechface.checkpoint import leads

    terms = train(
        arguments.clips,
        arguments.out,
        arguments.share,
        arguments.start,
        arguments.net,
        arguments.data,
        arguments.training,
        dry=arguments.dry_run,
    )
    if not arguments.dry_run and leads():
        print(f"{arguments.out / 'model'}: " + ", ".join(f"{name} {value:.4f}" for name, value in terms.items()))
