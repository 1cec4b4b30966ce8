"""How to train: what every stage has in common. Free of torch, so that `--help` is quick."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Training:
    """How to train; what is trained has a config of its own."""

    steps: int = 5000
    """Optimiser steps in all."""
    rate: float = 1e-3
    """Highest learning rate."""
    warmup: int = 200
    """Steps over which the rate rises from 0; after them it falls to 1/50 along a cosine."""
    decay: float = 0.01
    """Weight decay of AdamW."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    validate: int = 500
    """Steps between two validations; a checkpoint is written at each, and at the end."""
    minutes: float = 10.0
    """Minutes after which a checkpoint is written where validations are rarer."""
    patience: int = 0
    """Validations without a better one after which training stops; 0 never stops early."""
    judged: str = "total"
    """Term of the validation whose least value says which weights are kept and when to stop; `last` keeps the last weights."""
    average: float = 0.0
    """Decay of the exponential moving average of the weights that is validated and kept; 0 keeps the last weights."""
    precision: str = "32-true"
    """Lightning's precision: 32-true, bf16-mixed, 16-mixed."""
    accelerator: str = "auto"
    """Lightning's accelerator: auto, cpu, cuda."""
    devices: int = 1
    """Devices on this machine."""
    machines: int = 1
    """Machines; strategy and launch as in Lightning's documentation."""
    strategy: str = "auto"
    """Lightning's strategy: auto, ddp, fsdp."""
    workers: int = 0
    """Processes that prepare batches; 0 does it in the training process."""
    seed: int = 0
    """Seed of everything random."""
    logger: Literal["csv", "tensorboard"] = "csv"
    """Where the terms of the loss go: a table, or TensorBoard (which has to be installed)."""
    broken: Literal["skip", "refuse"] = "skip"
    """What happens to clips that cannot be learnt from: they are named and left out, or training does not begin."""
