"""Training EMOTE on clip folders, stage 1: vertices as the measure, the prior's decoder frozen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Generator, Tensor, nn

from emote.config import Config, Data, Weights
from emote.engine import Engine, load, save
from emote.model import Emote, decoder, style_input
from priors import flint
from priors.flint_training import Moved, controls, read_motion
from speechface import checkpoint, heads, losses
from speechface.animation import Animation
from speechface.audio import encoders
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.frames import at_frames
from speechface.audio.views import hear
from speechface.clip_checks import Need, check
from speechface.clips import Clip, ClipFolder
from speechface.emotion import Emotion, conditioning
from speechface.errors import UserError
from speechface.face import Face
from speechface.flame_face import FlameFace, face_of, known_as
from speechface.training_config import Training

if TYPE_CHECKING:  # the one goes on from here, the other takes its time
    from emote.perceptual import Watching
    from speechface.training_watch import Show

DEFAULT = "default"
"""Word for the EMOTE that comes with speechface, where one is asked for to go on from."""
FEW = 16
"""Clips of a split that an estimate hears."""
TUCK = 2e-3
"""Metres within which a lower lip is tucked under the teeth."""


@dataclass(frozen=True)
class Lesson:
    """One clip: features of each view (N, D) float16, motion, soft labels (T, 8) and levels (T, 3), subject."""

    views: list[np.ndarray]
    moved: Moved
    labels: np.ndarray
    levels: np.ndarray
    subject: int

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        arrays = (*self.views, self.moved.motion, self.moved.valid, self.labels, self.levels)
        return sum(array.nbytes for array in arrays)


class Lessons:
    """Batches of windows of audio features, style and motion, every clip as likely as it is long."""

    def __init__(self, lessons: Sequence[Lesson], rate: float, config: Config, data: Data) -> None:
        self.lessons = [lesson for lesson in lessons if len(lesson.moved.motion) >= data.frames]
        if not self.lessons:
            raise UserError(f"no clip is as long as a window of {data.frames} frames")
        self.rate, self.config, self.data = rate, config, data
        self.ends = torch.tensor([len(lesson.moved.motion) - data.frames + 1 for lesson in self.lessons]).cumsum(0)

    def batch(self, step: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Features (B, T, 2 D), style (B, T, 43), motion (B, T, C), mask (B, T)."""
        draws = torch.randint(int(self.ends[-1]), (self.data.batch,), generator=generator)
        numbers = torch.searchsorted(self.ends, draws, right=True)
        parts = [
            self._window(self.lessons[number], draw - (int(self.ends[number - 1]) if number else 0), generator)
            for draw, number in zip(draws.tolist(), numbers.tolist(), strict=True)
        ]
        features, style, motion, valid = (torch.stack(part) for part in zip(*parts, strict=True))
        return features, style, motion, valid

    def _window(self, lesson: Lesson, start: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        frames, fps = self.data.frames, self.config.fps
        view = lesson.views[int(torch.randint(len(lesson.views), (), generator=generator))]
        low = max(0, int(start / fps * self.rate) - 3)
        high = int((start + frames) / fps * self.rate) + 3
        heard = torch.from_numpy(view[low:high].astype(np.float32))[None]
        features = at_frames(heard, self.rate, fps, frames, start - low / self.rate * fps)[0]
        span = slice(start, start + frames)
        labels, levels = torch.from_numpy(lesson.labels[span]), torch.from_numpy(lesson.levels[span])
        style = style_input(labels[None], levels[None], torch.tensor([lesson.subject]), self.config.subjects)[0]
        return features, style, torch.from_numpy(lesson.moved.motion[span]), torch.from_numpy(lesson.moved.valid[span])


class Objective:
    """Terms of stage 1 on a face: vertex, upper (the same of the upper face), velocity, gap, parameter, and touch and tuck
    (p b m, f v: hinges on distances).

    `millimetres` (mean vertex error) is only logged. scale: (C,) spread of the parameters.
    """

    def __init__(self, face: Face | FlameFace, scale: Tensor | float = 1.0) -> None:
        self.face, self.scale = face, scale

    def to(self, device: torch.device) -> None:
        """Take the face where the net is."""
        self.face = self.face.to(device)
        self.scale = self.scale.to(device) if isinstance(self.scale, Tensor) else self.scale

    def __call__(self, model: nn.Module, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
        features, style, motion, mask = batch
        return self.compare(model(features, style, mask), motion, mask)

    def compare(self, made: Tensor, motion: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """The terms of motion (B, T, C) that was made, against what it should be."""
        got, wanted = self.face(made), self.face(motion)
        gap, tuck = ((measure(got), measure(wanted), mask) for measure in (self.face.gap, self.face.tuck))
        return {
            "vertex": losses.load("vertex")(got, wanted, mask),
            "upper": losses.load("vertex")(got[:, :, self.face.upper], wanted[:, :, self.face.upper], mask),
            "velocity": losses.load("velocity")(got, wanted, mask),
            "gap": losses.load("gap")(*gap),
            "parameter": losses.load("parameter")(made, motion, mask, scale=self.scale),
            "touch": losses.load("contact")(*gap),
            "tuck": losses.load("contact")(*tuck, touch=TUCK),
            "millimetres": 1e3 * (got - wanted).norm(dim=-1).mean(),
        }


def train(
    clips: Sequence[Path],
    out: Path,
    prior: Path | None = None,
    head: str = "flame",
    start: Path | None = None,
    net: Config | None = None,
    data: Data | None = None,
    training: Training | None = None,
    weights: Weights | None = None,
    quiet: bool = False,
    watching: Watching | None = None,
    show: Show | None = None,
    dry: bool = False,
) -> dict[str, float]:
    """Train EMOTE on clip folders with a prior and write `out/model`; returns the terms of the best validation.

    start: the folder of an EMOTE to go on from, or "default", with its own prior, encoder and shape (`prior` and `net` are
    not used).
    watching: cameras and nets that watch, for stage 2; without them this is stage 1.
    show: draws animations by their names into a file, after every validation: a held-out clip and what is made of it.
    dry: only check the clips and say what training would take; returns `speechface.training_estimate.Estimate` as dict.
    """
    from speechface.training import fit
    from speechface.training_estimate import estimate, told

    data, training, weights = data or Data(), training or Training(), weights or Weights()
    shape = heads.load(head)
    face, known = face_of(shape), known_as(shape, head)
    model, encoder = _begun(start, known) if start else _new(net or Config(), prior, known, training.seed)
    net, names = model.config, controls(shape.rig.names, model.prior.config.parameters - 3)
    folders = [ClipFolder.read(path) for path in clips]
    need = Need(names, shape.rig.name, net.fps, data.frames, net.subjects, emotion=True, sound=True)
    checked = check(folders, need, training.broken, None if dry else out, quiet)
    began, (used, share) = time.monotonic(), checked.few(FEW) if dry else (checked.clips, 1.0)
    parts = {split: _lessons(found, split, names, encoder, net, data, quiet) for split, found in used.items()}
    held_out, lessons = cast(
        list[Any], [Lessons(parts[name], encoder.rate, net, data) for name in ("validation", "train")]
    )
    held = sum(lesson.bytes for lesson in lessons.lessons)
    seen = held_out.batch(0, Generator().manual_seed(0))
    first, weighed = Objective(face, model.prior.scale), asdict(weights)
    objective: Any = first
    if watching:
        objective, weighed = watching.objective(first, net.fps), weighed | watching.weights
        held_out, lessons = watching.pairs(held_out), watching.pairs(lessons)
    validation = [held_out.batch(step, Generator().manual_seed(step)) for step in range(8)]
    task = (model, objective, weighed, lessons, validation, training)
    if dry:
        return told(estimate(*task, began, share, held), training, quiet)

    def draw(net: Emote, path: Path) -> None:
        device = net.audio.weight.device
        features, style, motion, _ = (part[:1] for part in seen)
        pair = {"held out": motion, "as it is heard": net(features.to(device), style.to(device)).cpu()}
        fps, rig = net.config.fps, shape.rig.name
        if show:
            show({label: Animation(one[0].numpy(), names, fps, rig) for label, one in pair.items()}, path)

    terms = fit(*task, out, quiet=quiet, pictures=draw if show else None)
    about = {"head": known, "stage": 2 if watching else 1, "training": asdict(training), "batches": asdict(data),
             "weights": weighed, "validation": terms, **checked.about()}  # fmt: skip
    save(out / "model", Engine(model, encoder, names, head=known), about)
    return terms


def _new(net: Config, prior: Path | None, head: str, seed: int) -> tuple[Emote, AudioEncoder]:
    """A net that knows nothing yet, with the prior and the encoder asked for."""
    folder = prior or checkpoint.default("flint")
    _same_head(folder, head, "give --prior one that was trained for this head")
    known = flint.load(folder)
    encoder = encoders.load(net.encoder).eval().requires_grad_(False)
    torch.manual_seed(seed)
    return Emote(replace(net, fps=known.config.fps), decoder(net, known.config, known), encoder.width), encoder


def _begun(start: Path, head: str) -> tuple[Emote, AudioEncoder]:
    """A trained net to go on from, with its own prior and the encoder it was trained with."""
    folder = checkpoint.default("emote") if str(start) == DEFAULT else start
    _same_head(folder, head, "go on from one that was trained for this head")
    engine = load(folder)
    return engine.model, engine.encoder.eval().requires_grad_(False)


def _same_head(folder: Path, head: str, advice: str) -> None:
    """`UserError` where a model's coefficients mean another head's movements; people of the open head move alike."""
    made = str(checkpoint.describe(folder).get("head", "flame"))
    if made != head and not made.partition(":")[0] == head.partition(":")[0] == "flame":
        raise UserError(f"{folder} was trained for head '{made}', not '{head}'; {advice}")


def _lessons(
    clips: Sequence[Clip],
    split: str,
    names: tuple[str, ...],
    encoder: AudioEncoder,
    net: Config,
    data: Data,
    quiet: bool,
) -> list[Lesson]:
    """Read and hear every clip of a split."""
    from speechface.progress import bar

    out = []
    with bar(f"hearing {len(clips)} {split} clips", quiet) as advance:
        for number, clip in enumerate(clips):
            moved = read_motion(clip, names, net.fps)
            strengths = Emotion.parse(str(clip.about.get("emotion", "neutral"))).at(
                np.arange(len(moved.motion)) / net.fps
            )
            labels, levels = conditioning(strengths)
            subject = int(clip.about.get("style", 0))
            views = hear(encoder, clip.audio(), data.views if split == "train" else 1, number)
            out.append(Lesson(views, moved, labels, levels, subject))
            advance((number + 1) / len(clips))
    return out
