"""How long a training will take and how much memory it wants, from a few steps of it on a few of its clips."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from speechface.training import Batches, Net, Objective, fit
from speechface.training_config import Training

STEPS, WARM = 10, 3
"""Steps that are taken, and how many of them do not count, since memory is found and kernels are chosen in them."""


@dataclass(frozen=True)
class Estimate:
    """Seconds before the first step, a step, a validation, and all together; bytes of memory, of a GPU's where one is used."""

    prepare: float
    step: float
    validation: float
    total: float
    memory: float
    gpu: float

    def report(self, steps: int) -> str:
        """Lines for people."""
        lines = [
            f"time: {_time(self.total)}: {_time(self.prepare)} to read the clips, "
            f"{steps} steps of {_time(self.step)}, validations of {_time(self.validation)}",
            f"memory: {self.memory / 2**30:.1f} GiB" + (f", {self.gpu / 2**30:.1f} GiB on the GPU" if self.gpu else ""),
        ]
        return "\n".join(lines)


def estimate(
    model: Net,
    objective: Objective[Net],
    weights: dict[str, float],
    batches: Batches,
    validation: Sequence[Any],
    config: Training,
    began: float,
    share: float,
    held: int,
) -> Estimate:
    """What a training will take; the net is not to be used afterwards.

    began: `time.monotonic()` when reading clips began; share: part of the clips that was read since, and `held` the bytes
    that they take.
    """
    prepare = (time.monotonic() - began) / share
    clock = _Clock()
    few = replace(config, steps=STEPS, validate=STEPS, patience=0, logger="csv")
    with tempfile.TemporaryDirectory() as folder:
        fit(model, objective, weights, batches, validation, few, Path(folder), [clock], quiet=True)
    gpu = float(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit + held * (1.0 / share - 1.0)
    times = -(-config.steps // config.validate)
    total = prepare + config.steps * clock.step + times * clock.validation
    return Estimate(prepare, clock.step, clock.validation, total, memory, gpu)


def told(found: Estimate, config: Training, quiet: bool) -> dict[str, float]:
    """Print an estimate, and give it as a dict."""
    if not quiet:
        print(found.report(config.steps))
    return asdict(found)


class _Clock(Callback):
    """Seconds of a step that counts, and of the validation."""

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        if trainer.global_step == WARM:
            self.began = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        self.step = (time.monotonic() - self.began) / (STEPS - WARM) if trainer.global_step == STEPS else 0.0

    def on_validation_start(self, trainer: Trainer, module: LightningModule) -> None:
        self.asked = time.monotonic()

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        self.validation = time.monotonic() - self.asked


def _time(seconds: float) -> str:
    for least, unit in ((3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if seconds >= least:
            return f"{seconds / least:.1f} {unit}"
    return f"{1e3 * seconds:.0f} ms"
