"""Train EMOTE on clips with sound and motion.

Stage 2 goes on from a model and adds what is read from the lips and felt from the face; see docs/perceptual.md.

Example:
  speechface train emote clips/synthetic --prior runs/prior/model --out runs/emote
  speechface train emote clips/synthetic --stage 2 --start runs/emote/model --out runs/emote2
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import tyro

from emote.config import Config, Data, Watched, Weights
from speechface.training_config import Training

FIRST = (Data(), Training(steps=12000, rate=1e-3, average=0.999))
SECOND = (Data(batch=4, frames=64), Training(steps=1000, rate=2e-4, warmup=50, average=0.99, validate=100))
"""Batches and training of stage 1, and of stage 2."""


@dataclass(frozen=True)
class Arguments:
    """What to learn from and how."""

    clips: tyro.conf.Positional[tuple[Path, ...]]
    """Clip folders with audio.wav and motion.npz in FLAME's parameters."""
    prior: Path | None = None
    """Model folder of the motion prior; the one that comes with speechface by default."""
    start: Annotated[Path | None, tyro.conf.arg(aliases=["--from"])] = None
    """Model folder of an EMOTE to go on from, with its prior, encoder and shape, instead of random weights; `default` is the one
    that comes with speechface."""
    out: Path = Path("runs/emote")
    """Run folder: logs, checkpoints and, at the end, the model."""
    head: str = "flame"
    """Head the parameters move: flame, or your own flame:/path/to/FLAME2023.pkl, with a --prior that was trained for it."""
    stage: int = 1
    """1: vertices are the measure. 2: nets watch as well, and emotions are exchanged; settings left at their default have others:
    batches of 4 x 64 frames, 1000 steps, rate 2e-4."""
    pictures: bool = True
    """Whether to draw a held-out clip after every validation (out/pictures)."""
    dry_run: bool = False
    """Check the clips and say what training would take in time and memory, without training."""
    net: Config = field(default_factory=Config)
    data: Data = field(default_factory=lambda: FIRST[0])
    weights: Weights = field(default_factory=Weights)
    watched: Watched = field(default_factory=Watched)
    training: Training = field(default_factory=lambda: FIRST[1])


def run(arguments: Arguments) -> None:
    """Train, and say where the model is."""
    from emote.training import train
    from speechface.checkpoint import leads
    from speechface.errors import UserError

    a = arguments
    if a.stage not in (1, 2):
        raise UserError(f"there is no stage {a.stage}; give 1 or 2")
    if a.stage == 2 and a.start is None:
        raise UserError("stage 2 goes on from a model: name it with --start, 'speechface/models/emote' for instance")
    data, training, watching = a.data, a.training, None
    if a.stage == 2:
        data, training = (
            _left(one, *pair) for one, pair in zip((data, training), zip(FIRST, SECOND, strict=True), strict=True)
        )
        watching = watch(a.head, a.watched)
    show = None
    if a.pictures and not a.dry_run:
        from speechface import heads

        show = partial(importlib.import_module("render.sheet").write_together, head=heads.load(a.head))
    terms = train(
        a.clips, a.out, a.prior, a.head, a.start, a.net, data, training, a.weights, watching=watching, show=show,
        dry=a.dry_run,
    )  # fmt: skip
    if not a.dry_run and leads():
        print(f"{a.out / 'model'}: " + ", ".join(f"{name} {value:.4g}" for name, value in terms.items()))


def watch(head: str, watched: Watched) -> Any:
    """Cameras on a head's light mesh and the nets that look through them (`emote.perceptual.Watching`).

    What has no weight is left out.
    """
    from torch import nn

    from emote.perceptual import Watching
    from speechface.heads import flame
    from speechface.perception import watchers

    portrait = importlib.import_module("render.portrait").Portrait
    kind, _, words = head.partition(":")
    light = flame.require(head if "preview" in words else f"{kind}:preview,{words}".rstrip(","))
    drawn, blind = {"rasteriser": watched.rasteriser or None}, nn.Identity()
    mouth: Any = blind
    face, reader, judge = mouth, mouth, mouth
    if watched.lip_reading or watched.lip_reading_exchanged:
        reader = watchers.lip_reader(watched.reader)
        mouth = portrait(light, "mouth", reader.size, **drawn)
    if watched.video_emotion or watched.video_emotion_exchanged:
        judge = watchers.video_emotion(watched.judge)
        face = portrait(light, "face", judge.size, **drawn)
    return Watching(mouth, face, reader, judge, watched)


def _left(given: Any, first: Any, second: Any) -> Any:
    """Settings with those that were left at the default of stage 1 as stage 2 has them."""
    pairs = {one.name: (getattr(given, one.name), getattr(first, one.name)) for one in fields(given)}
    return type(given)(
        **{name: getattr(second, name) if value == left else value for name, (value, left) in pairs.items()}
    )
