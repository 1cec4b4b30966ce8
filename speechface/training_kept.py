"""Checkpoints of a run: written whole or not at all, and never gone on from with other settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning import Trainer
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor

from speechface.errors import UserError
from speechface.training_config import Training

MAY_CHANGE = {"steps", "validate", "minutes", "patience", "accelerator", "devices", "machines", "strategy", "workers",
              "logger", "broken"}  # fmt: skip
"""Settings that a run may go on with although it began with others."""


class Whole(TorchCheckpointIO):
    """Writes beside the place and renames: Lightning's own way copies from /tmp, and a kill then leaves half a file."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        with open(part, "wb") as file:
            torch.save(checkpoint, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, place)


class Between(ModelCheckpoint):
    """Checkpoints by the clock, but none at a step that is yet to be validated: going on from it would leave that out."""

    def __init__(self, validate: int, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.validate = validate

    def on_train_batch_end(self, trainer: Trainer, *args: Any) -> None:
        step = trainer.global_step
        if step % self.validate and step < (trainer.max_steps or 0):
            super().on_train_batch_end(trainer, *args)


def check_same(
    folder: Path, config: Training, weights: Mapping[str, float], kept: Mapping[str, Tensor], net: Mapping[str, Tensor]
) -> None:
    """`UserError` where a run folder was begun with other settings, or with a net of another shape."""
    again = f"give another --out, or delete {folder} to begin anew"
    if {name: value.shape for name, value in kept.items()} != {name: value.shape for name, value in net.items()}:
        raise UserError(f"{folder} holds a run of another net; {again}")
    try:
        began = json.loads((folder / "training.json").read_text(encoding="utf-8"))
        before = {**began["training"], **{f"weight {name}": value for name, value in began["weights"].items()}}
    except (OSError, ValueError, KeyError, TypeError):
        return
    now = {**asdict(config), **{f"weight {name}": value for name, value in weights.items()}}
    for name in sorted(set(before) & set(now) - MAY_CHANGE):
        if before[name] != now[name]:
            raise UserError(f"{folder} was begun with {name} {before[name]}, not {now[name]}; {again}")
