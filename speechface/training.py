"""The one training loop, on Lightning. Stages are calls with different models, objectives and configs.

Everything random in step n - the batch, the augmentation, dropout - is a function of (seed, n). So a run that was
killed and resumed ends with the same weights as one that was not.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, ProgressBar
from lightning.pytorch.loggers import CSVLogger, Logger
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from speechface.checkpoint import leads
from speechface.errors import UserError
from speechface.files import writing
from speechface.training_average import Average
from speechface.training_config import Training
from speechface.training_kept import Between, Whole, check_same
from speechface.training_watch import Finish, Pictures, told

Net = TypeVar("Net", bound=nn.Module)
Objective = Callable[[Net, Any], dict[str, Tensor]]
"""A net and a batch -> named loss terms, each a scalar."""

LAST = "last"
"""What a checkpoint is judged by where none is, and the last is kept."""


class Batches(Protocol):
    """Training data as a function of the step."""

    def batch(self, step: int, generator: torch.Generator) -> Any:
        """The batch of one step, drawn with the generator given."""


def fit(
    model: Net,
    objective: Objective[Net],
    weights: dict[str, float],
    batches: Batches,
    validation: Sequence[Any],
    config: Training,
    folder: str | Path,
    callbacks: Sequence[Callback] = (),
    quiet: bool = False,
    pictures: Callable[[Net, Path], None] | None = None,
) -> dict[str, float]:
    """Train `model` in place, leave it with the weights of its best validation, and return that validation's terms.

    The total is the sum over `weights` of weight * term; terms without a weight are only logged. `folder` receives the
    resolved config, logs (`logs/from-STEP`) and checkpoints; a run that was stopped there, at any moment, goes on where its
    last checkpoint is and ends as if nothing had happened. pictures: draws something of the net it is given, in eval mode,
    into a file that it is given; called after every validation. On several devices or machines every process returns.
    Raises `UserError` where the folder holds a run with other settings.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    last = folder / "checkpoints" / "last.ckpt"
    lesson = Lesson(model.train(), objective, weights, config)
    known = _read(last) if last.is_file() else None
    if known:
        check_same(folder, config, weights, known["state_dict"], lesson.state_dict())
    if leads():
        with writing(folder / "training.json") as part:
            resolved = {"training": asdict(config), "weights": weights}
            part.write_text(json.dumps(resolved, indent=1) + "\n", encoding="utf-8")
    start = known["global_step"] if known else 0
    if start < config.steps and not (known and known["stopped"]):
        watching = [*callbacks, *told(quiet), *([Pictures(pictures, folder)] if pictures else [])]
        trainer = _trainer(config, start, folder, watching, quiet)
        train = DataLoader(Steps(batches, start, config), batch_size=None, num_workers=config.workers)
        check = DataLoader(_Listed(validation), batch_size=None)
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore",
                message=".*many workers.*|.*ended before the epoch.*|.*exists and is not empty.*|.*LeafSpec.*|.*in eval mode.*",
            )
            trainer.fit(lesson, train, check, ckpt_path=str(last) if start else None, weights_only=True)
        trainer.strategy.barrier()
    best = _read(last if config.judged == LAST else folder / "checkpoints" / "best.ckpt")
    lesson.load_state_dict(best["state_dict"])
    model.load_state_dict(lesson.kept.state_dict())
    model.eval()
    return best["terms"]


class Lesson(lightning.LightningModule):
    """A net, its objective and the optimiser, in the form Lightning wants."""

    def __init__(
        self, model: nn.Module, objective: Objective[Any], weights: dict[str, float], config: Training
    ) -> None:
        super().__init__()
        self.model, self.objective, self.weights, self.config = model, objective, weights, config
        self.mean = Average(model, config.average) if config.average else None
        self.terms: dict[str, float] = {}

    @property
    def kept(self) -> nn.Module:
        """The net whose weights are validated and kept: the moving average, or the trained net itself."""
        return self.mean.net if self.mean is not None else self.model

    def on_fit_start(self) -> None:
        if hasattr(self.objective, "to"):  # it may hold a face, which is no part of the net
            self.objective.to(self.device)

    def training_step(self, batch: Any, index: int) -> Tensor:
        torch.manual_seed(_seed(self.config.seed, self.global_step, stream=1))
        terms = self.objective(self.model, batch)
        total = self._total(terms)
        if not torch.isfinite(total):
            raise FloatingPointError(f"the loss is not finite at step {self.global_step}: {_rounded(terms)}")
        for name, value in terms.items():
            self.log(f"train/{name}", value.detach(), prog_bar=name in self.weights)
        self.log("train/total", total.detach(), prog_bar=True)
        return total

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        super().optimizer_step(*args, **kwargs)
        if self.mean is not None:  # here, so that no checkpoint can come between the step and its average
            self.mean.update(self.model)

    def validation_step(self, batch: Any, index: int) -> None:
        terms = self.objective(self.kept, batch)
        terms["total"] = self._total(terms)
        if self.config.judged not in {*terms, LAST}:
            raise UserError(
                f"no term '{self.config.judged}' to judge checkpoints by; there are: {', '.join(sorted(terms))}"
            )
        self.log_dict({f"val/{name}": value for name, value in terms.items()}, batch_size=1, sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        seen = self.trainer.callback_metrics
        self.terms = {name[4:]: float(value) for name, value in seen.items() if name.startswith("val/")}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["terms"] = self.terms
        checkpoint["stopped"] = bool(self.trainer.should_stop) and self.global_step < self.config.steps

    def configure_optimizers(self) -> OptimizerLRScheduler:
        config = self.config
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimiser = torch.optim.AdamW(trained, lr=config.rate, weight_decay=config.decay)

        def share(step: int) -> float:
            if step < config.warmup:
                return (step + 1) / config.warmup
            done = (step - config.warmup) / max(1, config.steps - config.warmup)
            return 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _total(self, terms: dict[str, Tensor]) -> Tensor:
        return torch.stack([weight * terms[name] for name, weight in self.weights.items() if name in terms]).sum()


class Steps(IterableDataset):
    """The batches of the steps still to come, in order, each drawn from a generator of its own."""

    def __init__(self, batches: Batches, start: int, config: Training) -> None:
        self.batches, self.start, self.config = batches, start, config

    def __iter__(self) -> Iterator[Any]:
        worker = (
            get_worker_info()
        )  # the loader takes its workers in turn, so that worker w of n prepares every n-th step
        first, every = (self.start, 1) if worker is None else (self.start + worker.id, worker.num_workers)
        rank = torch.distributed.get_rank() if torch.distributed.is_initialized() else 0
        for step in range(first, self.config.steps, every):
            generator = torch.Generator().manual_seed(_seed(self.config.seed, step, stream=2 + rank))
            yield self.batches.batch(step, generator)


class _Listed(Dataset):
    """Validation batches, made once and kept."""

    def __init__(self, batches: Sequence[Any]) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]


def _trainer(config: Training, start: int, folder: Path, callbacks: list[Callback], quiet: bool) -> lightning.Trainer:
    places, often = folder / "checkpoints", timedelta(minutes=config.minutes)
    judged = f"val/{'total' if config.judged == LAST else config.judged}"
    keep = [  # not `save_last`, which writes only where there is a new best; the best first, which the last remembers
        ModelCheckpoint(places, "best", monitor=judged, enable_version_counter=False),
        ModelCheckpoint(places, "last", monitor=None, enable_version_counter=False),
        Between(config.validate, places, "last", monitor=None, enable_version_counter=False, train_time_interval=often),
    ]
    stop = [EarlyStopping(judged, patience=config.patience)] if config.patience else []
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    return lightning.Trainer(
        max_steps=config.steps, accelerator=config.accelerator, devices=config.devices, num_nodes=config.machines,
        strategy=config.strategy, precision=cast(Any, config.precision),  # Lightning checks the word
        gradient_clip_val=config.clip, val_check_interval=config.validate, check_val_every_n_epoch=None,
        num_sanity_val_steps=0, use_distributed_sampler=False, log_every_n_steps=20, plugins=[Whole()],
        logger=_logger(config, start, folder), default_root_dir=folder,
        callbacks=[*keep, *stop, Finish(), *callbacks],
        enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in callbacks),
        enable_model_summary=False,
    )  # fmt: skip


def _logger(config: Training, start: int, folder: Path) -> Logger:
    """Where the terms go; every start of a run has a place of its own."""
    if config.logger == "csv":
        return CSVLogger(folder, name="logs", version=f"from-{start:06d}")
    from lightning.pytorch.loggers import TensorBoardLogger

    try:
        return TensorBoardLogger(folder, name="logs", version=f"from-{start:06d}")
    except ModuleNotFoundError:
        raise UserError("TensorBoard is not installed; 'pip install tensorboard', or --training.logger csv") from None


def _read(checkpoint: Path) -> dict[str, Any]:
    return torch.load(checkpoint, map_location="cpu", weights_only=True)


def _seed(seed: int, step: int, stream: int) -> int:
    """A seed for one step that shares nothing with its neighbours (SplitMix64's finaliser)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + stream * 0x94D049BB133111EB) & (2**64 - 1)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & (2**64 - 1)
    return (mixed ^ (mixed >> 31)) & (2**63 - 1)


def _rounded(terms: dict[str, Tensor]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in terms.items()}
