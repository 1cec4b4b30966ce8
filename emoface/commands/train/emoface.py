"""Train EmoFace on speech with face-board curves: a clip folder with board.npz, or a folder of NAME.wav and NAME.csv.

Do not train on MetaHuman content or on what MetaHuman tools put out (docs/emoface.md): Epic's licence forbids it.

Examples:
  speechface train emoface clips/synthetic clips/real --out runs/emoface
  speechface train emoface my_takes/ --data.fps 30 --start speechface/models/emoface --training.steps 1000
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import tyro

from emoface.config import Config, Data, Weights
from speechface.training_config import Training


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how."""

    clips: tyro.conf.Positional[tuple[Path, ...]]
    """Clip folders with audio.wav and board.npz, or folders of sounds and tables of the 174 controls."""
    start: Path | None = None
    """Model folder of an EmoFace to go on from, with its encoder and shape, instead of random weights."""
    out: Path = Path("runs/emoface")
    """Run folder: logs, checkpoints and, at the end, the model."""
    pictures: bool = True
    """Whether to draw a held-out clip after every validation (out/pictures)."""
    dry_run: bool = False
    """Check the clips and say what training would take in time and memory, without training."""
    net: Config = field(default_factory=Config)
    data: Data = field(default_factory=Data)
    weights: Weights = field(default_factory=Weights)
    training: Training = field(default_factory=lambda: Training(steps=6000, rate=1.5e-3, average=0.999, judged="last"))
    """The last weights are kept: the hinge on touching lips turns worse on other voices at a third of the way, all else goes on
    getting better, and what keeps the lips afterwards does not need it."""


def run(arguments: Arguments) -> None:
    """Train, and say where the model is."""
    from emoface.training import train
    from speechface.checkpoint import leads

    a, show = arguments, None
    if a.pictures and not a.dry_run:
        from speechface import heads

        show = partial(importlib.import_module("render.sheet").write_together, head=heads.load("open:board"))
    terms = train(a.clips, a.out, a.start, a.net, a.data, a.training, a.weights, show=show, dry=a.dry_run)
    if a.dry_run or not leads():
        return
    print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))
