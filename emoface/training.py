"""Training EmoFace on face-board curves: every control in units of its spread, and what of them is seen on the open head."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Generator, Tensor, nn

from emoface import curves
from emoface.config import Config, Data, Weights
from emoface.engine import Engine, load, save
from emoface.model import EmoFace, felt_input
from speechface import losses, rigs
from speechface.animation import Animation
from speechface.audio import encoders
from speechface.audio.encoders._contract import AudioEncoder
from speechface.audio.frames import at_frames
from speechface.audio.views import hear
from speechface.board_face import BoardFace
from speechface.clip_checks import Need, check
from speechface.clips import Clip
from speechface.emotion import Emotion, conditioning
from speechface.errors import UserError
from speechface.face import Face
from speechface.heads import flame
from speechface.training_config import Training

if TYPE_CHECKING:  # it takes its time
    from speechface.training_watch import Show

FEW = 16
"""Clips of a split that an estimate hears."""
TUCK = 2e-3
"""Metres within which a lower lip is tucked under the teeth."""
FLOOR = 0.02
"""Least spread of a control: what hardly moves is not worth more than this."""
SEEN = 100
"""Vertices of the open head that a loss looks at."""


@dataclass(frozen=True)
class Lesson:
    """One clip: features of each view (N, D) float16, controls (T, 174) float16, which frames count (T,), soft labels (T, 8)
    and levels (T, 3), subject."""

    views: list[np.ndarray]
    controls: np.ndarray
    valid: np.ndarray
    labels: np.ndarray
    levels: np.ndarray
    subject: int

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(array.nbytes for array in (*self.views, self.controls, self.valid, self.labels, self.levels))


class Lessons:
    """Batches of windows of audio features, feeling and controls, every clip as likely as it is long."""

    def __init__(self, lessons: Sequence[Lesson], rate: float, config: Config, data: Data) -> None:
        if data.frames % config.stride:
            raise UserError(f"windows of {data.frames} frames: give a multiple of {config.stride}")
        self.lessons = [lesson for lesson in lessons if lesson.valid.any()]
        if not self.lessons:
            raise UserError("there is no clip to learn from")
        self.rate, self.config, self.data = rate, config, data
        self.ends = torch.tensor([self._starts(lesson) for lesson in self.lessons]).cumsum(0)

    def _starts(self, lesson: Lesson) -> int:
        """Places where a window can begin: on steps of the net, so that training hears what use will hear."""
        return max(0, len(lesson.controls) - self.data.frames) // self.config.stride + 1

    def batch(self, step: int, generator: Generator) -> tuple[Tensor, ...]:
        """Features (B, N, 2 D), felt (B, N, 11 + subjects), which steps there are (B, N), controls (B, T, 174), which frames
        count (B, T)."""
        draws = torch.randint(int(self.ends[-1]), (self.data.batch,), generator=generator)
        numbers = torch.searchsorted(self.ends, draws, right=True)
        parts = [
            self._window(self.lessons[number], draw - (int(self.ends[number - 1]) if number else 0), generator)
            for draw, number in zip(draws.tolist(), numbers.tolist(), strict=True)
        ]
        return tuple(torch.stack(part) for part in zip(*parts, strict=True))

    def _window(self, lesson: Lesson, start: int, generator: Generator) -> tuple[Tensor, ...]:
        stride, frames = self.config.stride, self.data.frames
        fps, steps = self.config.fps / stride, frames // stride
        view = lesson.views[int(torch.randint(len(lesson.views), (), generator=generator))]
        low = max(0, int(start / fps * self.rate) - 3)
        high = int((start + steps) / fps * self.rate) + 3
        heard = torch.from_numpy(view[low:high].astype(np.float32))[None]
        features = at_frames(heard, self.rate, fps, steps, start - low / self.rate * fps)[0]
        span = slice(start * stride, start * stride + frames)
        there = len(lesson.controls[span])
        labels, levels = (_filled(part[span][::stride], steps) for part in (lesson.labels, lesson.levels))
        felt = felt_input(labels[None], levels[None], torch.tensor([lesson.subject]), self.config.subjects)[0]
        controls = torch.zeros(frames, self.config.controls)
        controls[:there] = torch.from_numpy(lesson.controls[span].astype(np.float32))
        valid = torch.zeros(frames, dtype=torch.bool)
        valid[:there] = torch.from_numpy(lesson.valid[span])
        return features, felt, torch.arange(steps) < -(-there // stride), controls, valid


def _filled(values: np.ndarray, count: int) -> Tensor:
    """Rows (n, K) with the last one repeated up to `count`."""
    return torch.from_numpy(np.pad(values, ((0, count - len(values)), (0, 0)), mode="edge"))


class Objective:
    """Terms of the loss: control and change (in units of each control's spread), and on the open head vertex, gap, touch and
    tuck (p b m, f v: hinges on distances).

    `explained` (share of the controls' squared movement about their means, in units of spread) is only logged.
    """

    def __init__(self, face: Face, spread: Tensor) -> None:
        self.face, self.spread = face, spread

    def to(self, device: torch.device) -> None:
        """Take the face where the net is."""
        self.face, self.spread = self.face.to(device), self.spread.to(device)

    def __call__(self, model: nn.Module, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        features, felt, steps, controls, mask = batch
        made = model(features, felt, steps)
        scaled, wanted = made / self.spread, controls / self.spread
        seen, there = self.face(made), self.face(controls)
        gap, tuck = ((measure(seen), measure(there), mask) for measure in (self.face.gap, self.face.tuck))
        control = losses.load("parameter")(made, controls, mask, scale=self.spread)
        around = wanted[mask] - wanted[mask].mean(dim=0)
        return {
            "control": control,
            "change": losses.load("velocity")(scaled, wanted, mask),
            "vertex": losses.load("vertex")(seen, there, mask),
            "gap": losses.load("gap")(*gap),
            "touch": losses.load("contact")(*gap),
            "tuck": losses.load("contact")(*tuck, touch=TUCK),
            "explained": 1.0 - control.detach() / around.square().mean().clamp(min=1e-9),
            "millimetres": 1e3 * (seen - there)[mask].norm(dim=-1).mean(),
        }


def train(
    clips: Sequence[Path],
    out: Path,
    start: Path | None = None,
    net: Config | None = None,
    data: Data | None = None,
    training: Training | None = None,
    weights: Weights | None = None,
    quiet: bool = False,
    show: Show | None = None,
    dry: bool = False,
) -> dict[str, float]:
    """Train EmoFace on folders of speech with face-board curves and write `out/model`; returns the terms of the best validation.

    start: the folder of an EmoFace to go on from, with its own encoder and shape (`net` is not used). show: draws animations
    by their names into a file, after every validation: a held-out clip and what is made of it. dry: only check the clips and
    say what training would take; returns `speechface.training_estimate.Estimate` as dict.
    """
    from speechface.training import fit
    from speechface.training_estimate import estimate, told

    data, training, weights = data or Data(), training or Training(), weights or Weights()
    folders = [curves.read(path, data.fps) for path in clips]
    model, encoder = _begun(start) if start else _new(net or Config(), training.seed)
    net, names = model.config, rigs.load("face_board").names
    need = Need(names, "face_board", None, file="board", styles=net.subjects, emotion=True, sound=True)
    checked = check(folders, need, training.broken, None if dry else out, quiet)
    began, (used, share) = time.monotonic(), checked.few(FEW) if dry else (checked.clips, 1.0)
    parts = {split: _lessons(found, split, encoder, net, data, quiet) for split, found in used.items()}
    held_out, lessons = (Lessons(parts[split], encoder.rate, net, data) for split in ("validation", "train"))
    validation = [held_out.batch(step, Generator().manual_seed(step)) for step in range(8)]
    if not start:
        model.spread.copy_(spread(parts["train"]))
    objective = Objective(BoardFace(flame.require("flame"), SEEN), model.spread.clone())
    task = (model, objective, asdict(weights), lessons, validation, training)
    if dry:
        held = sum(lesson.bytes for lesson in lessons.lessons)
        return told(estimate(*task, began, share, held), training, quiet)

    def draw(net: EmoFace, path: Path) -> None:
        features, felt, steps, wanted, valid = validation[0]
        fullest = int(valid.sum(dim=1).argmax())
        device, (one, count) = net.spread.device, (slice(fullest, fullest + 1), int(valid[fullest].sum()))
        made = net(*(part[one].to(device) for part in (features, felt, steps))).cpu()
        pair = {"held out": wanted[one], "as it is heard": made}
        if show:
            show({label: Animation(part[0, :count].numpy(), names, net.config.fps, "face_board")
                  for label, part in pair.items()}, path)  # fmt: skip

    terms = fit(*task, out, quiet=quiet, pictures=draw if show else None)
    about = {"training": asdict(training), "batches": asdict(data), "weights": asdict(weights), "validation": terms,
             **checked.about()}  # fmt: skip
    save(out / "model", Engine(model, encoder), about)
    return terms


def spread(lessons: Sequence[Lesson]) -> Tensor:
    """(174,) root mean square of every control about its mean, at least `FLOOR`."""
    count, first, second = 0, np.zeros(1), np.zeros(1)
    for lesson in lessons:
        moved = lesson.controls[lesson.valid].astype(np.float64)
        count, first, second = count + len(moved), first + moved.sum(axis=0), second + np.square(moved).sum(axis=0)
    variance = second / count - (first / count) ** 2
    return torch.from_numpy(np.sqrt(np.maximum(variance, FLOOR**2))).float()


def _new(net: Config, seed: int) -> tuple[EmoFace, AudioEncoder]:
    """A net that knows nothing yet, with the encoder asked for."""
    encoder = encoders.load(net.encoder).eval().requires_grad_(False)
    torch.manual_seed(seed)
    return EmoFace(net, encoder.width), encoder


def _begun(start: Path) -> tuple[EmoFace, AudioEncoder]:
    """A trained net to go on from, with the encoder it was trained with."""
    engine = load(start)
    return engine.model, engine.encoder.eval().requires_grad_(False)


def _lessons(
    clips: Sequence[Clip], split: str, encoder: AudioEncoder, net: Config, data: Data, quiet: bool
) -> list[Lesson]:
    """Read and hear every clip of a split."""
    from speechface.progress import bar

    out = []
    with bar(f"hearing {len(clips)} {split} clips", quiet) as advance:
        for number, clip in enumerate(clips):
            controls, valid = curves.at(clip.motion(), net.fps)
            feeling = Emotion.parse(str(clip.about.get("emotion", "neutral")))
            labels, levels = conditioning(feeling.at(np.arange(len(controls)) / net.fps))
            views = hear(encoder, clip.audio(), data.views if split == "train" else 1, number)
            out.append(Lesson(views, controls, valid, labels, levels, int(clip.about.get("style", 0))))
            advance((number + 1) / len(clips))
    return out
