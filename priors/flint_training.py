"""Training the motion prior on clip folders: windows of motion, vertices as the measure, a Gaussian latent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Generator, Tensor, nn

from priors.flint import STRIDE, Flint, save
from priors.flint_config import Config, Data
from speechface import heads, losses
from speechface.animation import Animation
from speechface.clip_checks import Need, check
from speechface.clips import Clip, ClipFolder
from speechface.errors import UserError
from speechface.face import Face
from speechface.flame_face import FlameFace, face_of, known_as
from speechface.training_config import Training

if TYPE_CHECKING:  # Lightning takes its time
    from speechface.training_watch import Show

FEW = 32
"""Clips of a split that an estimate reads."""
WEIGHTS = {"vertex": 1e6, "velocity": 3e6, "gap": 2e5, "kl": 1e-3}
"""Vertex and KL as in EMOTE; velocity and lip gap keep quick closures quick."""


@dataclass(frozen=True)
class Moved:
    """Motion of one clip: parameters (T, C) float32 and which frames count (T,)."""

    motion: np.ndarray
    valid: np.ndarray


def read_motion(clip: Clip, names: Sequence[str], fps: float) -> Moved:
    """The parameters of a clip in the order of `names`; `UserError` if its frame rate or controls are others."""
    motion = clip.motion()
    if abs(motion.fps - fps) > 0.01:
        raise UserError(f"clip {clip.name} has {motion.fps:g} frames a second, not {fps:g}")
    missing = [name for name in names if name not in motion.names]
    if missing:
        raise UserError(f"clip {clip.name} lacks the control {missing[0]}")
    columns = [motion.names.index(name) for name in names]
    return Moved(motion.controls[:, columns], motion.valid)


class Windows:
    """Batches of windows of motion, every clip as likely as it is long."""

    def __init__(self, clips: Sequence[Moved], data: Data) -> None:
        self.clips = [clip for clip in clips if len(clip.motion) >= data.frames]
        if not self.clips:
            raise UserError(f"no clip is as long as a window of {data.frames} frames")
        self.data = data
        self.ends = torch.tensor([len(clip.motion) - data.frames + 1 for clip in self.clips]).cumsum(0)

    def batch(self, step: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Motion (B, T, C) and mask (B, T)."""
        draws = torch.randint(int(self.ends[-1]), (self.data.batch,), generator=generator)
        numbers = torch.searchsorted(self.ends, draws, right=True)
        motion, valid = [], []
        for draw, number in zip(draws.tolist(), numbers.tolist(), strict=True):
            clip = self.clips[number]
            start = draw - (int(self.ends[number - 1]) if number else 0)
            motion.append(torch.from_numpy(clip.motion[start : start + self.data.frames]))
            valid.append(torch.from_numpy(clip.valid[start : start + self.data.frames]))
        return torch.stack(motion), torch.stack(valid)


class Objective:
    """Terms of the prior on a face: vertex, velocity, gap, kl; `millimetres` (mean vertex error) is only logged."""

    def __init__(self, face: Face | FlameFace) -> None:
        self.face = face

    def to(self, device: torch.device) -> None:
        """Take the face where the net is."""
        self.face = self.face.to(device)

    def __call__(self, model: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        motion, mask = batch
        made, mean, spread = model(motion)
        got, wanted = self.face(made), self.face(motion)
        return {
            "vertex": losses.load("vertex")(got, wanted, mask),
            "velocity": losses.load("velocity")(got, wanted, mask),
            "gap": losses.load("gap")(self.face.gap(got), self.face.gap(wanted), mask),
            "kl": losses.load("kl")(mean, spread),
            "millimetres": 1e3 * (got - wanted).norm(dim=-1).mean(),
        }


def train(
    clips: Sequence[Path],
    out: Path,
    head: str = "flame",
    net: Config | None = None,
    data: Data | None = None,
    training: Training | None = None,
    quiet: bool = False,
    show: Show | None = None,
    dry: bool = False,
    expressions: int = 0,
) -> dict[str, float]:
    """Train FLINT on clip folders for a head and write `out/model`; returns the terms of the best validation.

    expressions: how many of the head's coefficients, from the first on, are learnt; 0 is all of them.
    show: draws animations by their names into a file, after every validation: a held-out clip and what the prior makes of
    it. dry: only check the clips and say what training would take; returns `speechface.training_estimate.Estimate` as dict.
    """
    from speechface.training import fit
    from speechface.training_estimate import estimate, told

    data, training = data or Data(), training or Training()
    shape = heads.load(head)
    face, names = face_of(shape), controls(shape.rig.names, expressions)
    config = Config(**{**asdict(net or Config()), "parameters": len(names)})
    if data.frames % STRIDE:
        raise UserError(f"windows of {data.frames} frames: give a multiple of {STRIDE}")
    folders = [ClipFolder.read(path) for path in clips]
    need = Need(names, shape.rig.name, config.fps, data.frames)
    checked = check(folders, need, training.broken, None if dry else out, quiet)
    began, (used, share) = time.monotonic(), checked.few(FEW) if dry else (checked.clips, 1.0)
    parts = {split: [read_motion(clip, names, config.fps) for clip in found] for split, found in used.items()}
    torch.manual_seed(training.seed)
    model = Flint(config)
    everything = np.concatenate([clip.motion[clip.valid] for clip in parts["train"]])
    model.mean.copy_(torch.from_numpy(everything.mean(axis=0)))
    model.scale.copy_(torch.from_numpy(np.maximum(everything.std(axis=0), 1e-3)))
    held_out, windows = Windows(parts["validation"], data), Windows(parts["train"], data)
    validation = [held_out.batch(step, Generator().manual_seed(step)) for step in range(8)]
    task = (model, Objective(face), WEIGHTS, windows, validation, training)
    if dry:
        return told(estimate(*task, began, share, sum(clip.motion.nbytes for clip in windows.clips)), training, quiet)

    def draw(net: Flint, path: Path) -> None:
        motion = validation[0][0][:1]
        made = net(motion.to(net.mean.device))[0].cpu()
        pair = {"held out": motion, "as the prior has it": made}
        if show:
            show(
                {label: Animation(one[0].numpy(), names, config.fps, shape.rig.name) for label, one in pair.items()},
                path,
            )

    terms = fit(*task, out, quiet=quiet, pictures=draw if show else None)
    about = {"controls": list(names), "head": known_as(shape, head), "training": asdict(training), "validation": terms,
             **checked.about()}  # fmt: skip
    save(out / "model", model, about)
    return terms


def controls(names: Sequence[str], expressions: int = 0) -> tuple[str, ...]:
    """The controls that the prior knows: expression coefficients (so many of them, or all) and jaw."""
    known = [name for name in names if name.startswith("expression_")]
    if expressions > len(known):
        raise UserError(f"the head has {len(known)} expression coefficients, not {expressions}")
    return (*known[: expressions or None], *(name for name in names if name.startswith("jaw_")))
