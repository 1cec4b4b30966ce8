"""Teaching the built-in encoder to hear visemes: data, objective, and the scores by which it is judged."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from speechface import checkpoint
from speechface.audio import augment
from speechface.audio.encoders.viseme import Encoder
from speechface.audio.encoders.viseme import load as load_encoder
from speechface.audio.mel import BANDS, LogMel, speech_mean
from speechface.audio.viseme_config import Config, Data
from speechface.clip_checks import Need, check
from speechface.clips import Clip, ClipFolder
from speechface.errors import UserError
from speechface.training_config import Training
from speechface.visemes import CHANNELS, CLASSES, SILENCE, articulation, framewise

RATE = 100.0
FEW = 64
"""Clips of a split that an estimate hears."""
SPARSE = torch.tensor([name in ("close", "tuck") for name in CHANNELS])
"""Channels that are 0 most of the time: regression would pull them to 0, so they are learnt as probabilities."""

WEIGHTS = {"viseme": 1.0, "curve": 4.0, "contact": 1.0}


@dataclass(frozen=True)
class Heard:
    """One clip in memory: log-mel (T, 80) float16, classes (T,), curves (T, 5) float16, all at 100 Hz."""

    mel: np.ndarray
    classes: np.ndarray
    curves: np.ndarray


def hear(clip: Clip) -> Heard:
    """Read a clip and its labels."""
    with torch.inference_mode():
        mel = LogMel()(torch.from_numpy(clip.audio())[None])[0].numpy()
    segments = clip.phones()
    curves = articulation(segments, len(mel), RATE)
    return Heard(mel.astype(np.float16), framewise(segments, len(mel), RATE), curves.astype(np.float16))


class Lessons:
    """Batches in which every group has its share, every voice of a group the same chance, and every clip of a voice too.

    groups: name -> (share, clips). Crops are stretched in time, then augmented, then normalised a crop at a time.
    """

    def __init__(self, groups: dict[str, tuple[float, list[Clip]]], data: Data) -> None:
        self.data = data
        self.shares = torch.tensor([share for share, _ in groups.values()])
        self.voices: list[list[list[Heard]]] = []
        for _, clips in groups.values():
            voices: dict[str, list[Heard]] = {}
            for clip in clips:
                voices.setdefault(clip.speaker, []).append(hear(clip))
            self.voices.append(list(voices.values()))

    @property
    def bytes(self) -> int:
        """Memory that the clips take."""
        clips = [heard for group in self.voices for voice in group for heard in voice]
        return sum(clip.mel.nbytes + clip.classes.nbytes + clip.curves.nbytes for clip in clips)

    def batch(self, step: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Normalised log-mel (B, T, 80), classes (B, T), curves (B, T, 5)."""
        groups = torch.multinomial(self.shares, self.data.batch, replacement=True, generator=generator)
        crops = [self._crop(self.voices[group], generator) for group in groups.tolist()]
        mel, classes, curves = (torch.stack(part) for part in zip(*crops, strict=True))
        if self.data.augment:
            mel = augment.augment(mel, generator)
        return mel - speech_mean(mel), classes, curves

    def _crop(self, voices: list[list[Heard]], generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        frames = int(self.data.seconds * RATE)
        if torch.rand((), generator=generator).item() < self.data.rest:
            rest = torch.full((frames, BANDS), -16.0 + 8.0 * torch.rand((), generator=generator).item())
            return rest, torch.full((frames,), SILENCE), torch.zeros(frames, len(CHANNELS))
        heard = _pick(_pick(voices, generator), generator)
        low, high = np.log(self.data.slowest), np.log(self.data.fastest)
        pace = float(np.exp(low + (high - low) * torch.rand((), generator=generator).item()))
        room = len(heard.mel) - pace * frames
        start = torch.rand((), generator=generator).item() * room if room > 0 else room / 2
        at = start + pace * np.arange(frames)
        left = np.clip(np.floor(at).astype(int), 0, len(heard.mel) - 2)
        share = np.clip(at - left, 0.0, 1.0)[:, None].astype(np.float32)
        nearest = np.clip(np.round(at).astype(int), 0, len(heard.mel) - 1)
        mel = heard.mel[left] * (1.0 - share) + heard.mel[left + 1] * share
        curves = heard.curves[left] * (1.0 - share) + heard.curves[left + 1] * share
        classes = heard.classes[nearest]
        outside = (at < 0) | (at > len(heard.mel) - 1)
        if outside.any():
            mel[outside] = heard.mel.min(axis=0)
            classes[outside], curves[outside] = SILENCE, 0.0
        return torch.from_numpy(mel), torch.from_numpy(classes), torch.from_numpy(curves)


def objective(model: Encoder, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
    """Terms: cross entropy of visemes, smooth L1 of the dense curves, weighted cross entropy of the sparse ones.

    Frames of unknown class count in no term. `accuracy` (21 classes) is only logged.
    """
    mel, classes, curves = batch
    _, heard = model.listen(mel)
    logits, guesses = heard[..., : len(CLASSES)], heard[..., len(CLASSES) :]
    known = classes >= 0
    dense, sparse = guesses[..., ~SPARSE][known], guesses[..., SPARSE][known]
    return {
        "viseme": F.cross_entropy(logits[known], classes[known], label_smoothing=0.05),
        "curve": F.smooth_l1_loss(dense, curves[..., ~SPARSE][known], beta=0.1),
        "contact": F.binary_cross_entropy_with_logits(
            sparse, curves[..., SPARSE][known], pos_weight=torch.full((2,), 2.0, device=sparse.device)
        ),
        "accuracy": (logits.argmax(-1) == classes)[known].float().mean(),
    }


def _pick(items: list[Any], generator: Generator) -> Any:
    return items[int(torch.randint(len(items), (), generator=generator))]


def by_source(clips: Sequence[Clip], name: str, share: float) -> dict[str, tuple[float, list[Clip]]]:
    """Clips of a folder of that name by where they come from, the folder's share split by the square root of the hours.

    So a small set of many people is heard more often than its length, and a large set of one kind less.
    """
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        source = str(clip.about.get("source", "")).split(" ")[0]
        groups.setdefault(f"{name} {source}", []).append(clip)
    weights = {name: sum(clip.seconds for clip in found) ** 0.5 for name, found in groups.items()}
    return {name: (share * weights[name] / sum(weights.values()), found) for name, found in groups.items()}


def train(
    clips: Sequence[Path],
    out: Path,
    share: Sequence[float] = (),
    start: Path | None = None,
    net: Config | None = None,
    data: Data | None = None,
    training: Training | None = None,
    quiet: bool = False,
    dry: bool = False,
) -> dict[str, float]:
    """Train the encoder on clip folders and write `out/model`; returns the terms of the best validation.

    dry: only check the clips and say what training would take; returns `speechface.training_estimate.Estimate` as dict.
    Validation is on the folders' held-out voices, without augmentation. Raises `UserError` for folders without labels.
    """
    from speechface.training import fit
    from speechface.training_estimate import estimate, told

    data, training = data or Data(), training or Training()
    folders = [ClipFolder.read(path) for path in clips]
    if share and len(share) != len(folders):
        raise UserError(f"{len(share)} shares for {len(folders)} clip folders")
    shares = share or [1.0] * len(folders)
    checked = check(folders, Need(sound=True, phones=True), training.broken, None if dry else out, quiet)
    began, (used, part) = time.monotonic(), checked.few(FEW) if dry else (checked.clips, 1.0)
    groups, held = (_groups(folders, shares, used[split]) for split in ("train", "validation"))
    torch.manual_seed(training.seed)
    model = load_encoder(str(start)) if start else Encoder(net)
    model.requires_grad_(True)
    held_out = Lessons(held, replace(data, augment=False, rest=0.0, slowest=1.0, fastest=1.0))
    validation = [held_out.batch(step, Generator().manual_seed(step)) for step in range(12)]
    lessons = Lessons(groups, data)
    task = (model, objective, WEIGHTS, lessons, validation, training)
    if dry:
        return told(estimate(*task, began, part, lessons.bytes), training, quiet)
    terms = fit(*task, out, quiet=quiet)
    about = {
        "config": asdict(model.config), **checked.about(),
        "training": asdict(training), "batches": asdict(data), "validation": terms,
    }  # fmt: skip
    checkpoint.save(out / "model", model, "encoder", about, half=True)
    return terms


def _groups(
    folders: Sequence[ClipFolder], shares: Sequence[float], chosen: Sequence[Clip]
) -> dict[str, tuple[float, list[Clip]]]:
    """The groups of every folder's clips; a folder gives its share however many clips it has."""
    out: dict[str, tuple[float, list[Clip]]] = {}
    for folder, share in zip(folders, shares, strict=True):
        clips = [clip for clip in chosen if clip.folder == folder.path]
        out |= by_source(clips, folder.path.name, share)
    return out
