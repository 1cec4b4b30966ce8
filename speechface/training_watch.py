"""What can be seen of a run while it goes: a bar or lines with the losses by name, and pictures; and its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, RichProgressBar
from torch import nn

from speechface.animation import Animation
from speechface.checkpoint import leads

Show = Callable[[dict[str, Animation], Path], None]
"""Draws animations, by their labels, into a file: handed in by who can draw."""


def told(quiet: bool) -> list[Callback]:
    """A bar on a terminal, a line at every validation in a log, nothing where nobody wants to know."""
    if quiet:
        return []
    return [RichProgressBar()] if sys.stderr.isatty() else [Lines()]


class Finish(Callback):
    """Asks for the end at the last step, so that what comes after the last whole interval is validated and kept, too."""

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        if trainer.global_step >= (trainer.max_steps or 0):
            trainer.should_stop = True


class Lines(Callback):
    """`step 500 of 5000, 12 min left: total 1.23, vertex 0.9, ...` at every validation."""

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        self.began, self.first = time.monotonic(), trainer.global_step

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        done, steps = trainer.global_step, trainer.max_steps or 0
        pace = (time.monotonic() - self.began) / max(1, done - self.first)
        terms = sorted(_terms(trainer).items(), key=lambda item: item[0] != "total")
        shown = ", ".join(f"{name} {value:.4g}" for name, value in terms)
        if leads():
            left = pace * (steps - done) / 60
            print(f"step {done} of {steps}, {left:.0f} min left: {shown}", file=sys.stderr, flush=True)


class Pictures(Callback):
    """Calls a function with the net as it would be kept now, and the file to draw it into: `pictures/STEP.png`."""

    def __init__(self, draw: Callable[[Any, Path], None], folder: Path) -> None:
        self.draw, self.folder = draw, folder / "pictures"

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        if not leads():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        net: nn.Module = module.kept  # type: ignore[assignment]  # a Lesson's
        was = net.training
        try:
            with torch.no_grad():
                self.draw(net.eval(), self.folder / f"{trainer.global_step:06d}.png")
        except Exception as error:  # hours of training are worth more than a picture
            print(f"no picture at step {trainer.global_step}: {error}", file=sys.stderr)
        finally:
            net.train(was)


def _terms(trainer: Trainer) -> dict[str, float]:
    return {name[4:]: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
