"""Training the lip reader on an album of mouths: CTC over the groups it should spell, and the group that each frame shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from speechface.errors import UserError
from speechface.perception.album import Album, Photo
from speechface.perception.config import Data, LipConfig
from speechface.perception.lip_reader import LipReader, save, spell
from speechface.training_config import Training
from speechface.visemes import GROUP_OF

WEIGHTS = {"letters": 0.5, "groups": 1.0}
"""CTC and the cross entropy of frames: CTC alone finds its way too, in some ten times the steps."""


class Windows:
    """Batches of windows of pictures, every clip as likely as it is long, changed in light, noise, side and place."""

    def __init__(self, album: Album, photos: Sequence[Photo], data: Data) -> None:
        self.album, self.data = album, data
        self.photos = [photo for photo in photos if photo.frames >= data.frames]
        if not self.photos:
            raise UserError(f"no clip of {album.path} is as long as a window of {data.frames} pictures")
        self.ends = torch.tensor([photo.frames - data.frames + 1 for photo in self.photos]).cumsum(0)

    def batch(self, step: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Pictures (B, T, 1, H, W) and the group each frame shows (B, T), -1 where that is not known."""
        draws = torch.randint(int(self.ends[-1]), (self.data.batch,), generator=generator)
        numbers = torch.searchsorted(self.ends, draws, right=True)
        pictures, groups = [], []
        for draw, number in zip(draws.tolist(), numbers.tolist(), strict=True):
            start = self.photos[number].first + draw - (int(self.ends[number - 1]) if number else 0)
            span = slice(start, start + self.data.frames)
            pictures.append(changed(torch.from_numpy(np.array(self.album.pictures[span])), generator))
            groups.append(torch.from_numpy(grouped(self.album.visemes[span])))
        return torch.stack(pictures), torch.stack(groups)


def changed(pictures: Tensor, generator: Generator, shift: int = 3) -> Tensor:
    """Pictures (T, H, W) uint8 -> (T, 1, H, W) in 0..1, moved a little, mirrored or not, in another contrast, with noise."""

    def draw(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=generator))

    down, right = (int(torch.randint(-shift, shift + 1, (), generator=generator)) for _ in range(2))
    seen = F.pad(pictures[:, None].float() / 255.0, (shift,) * 4, mode="replicate")
    height, width = pictures.shape[1:]
    seen = seen[..., shift + down : shift + down + height, shift + right : shift + right + width]
    if draw(0.0, 1.0) < 0.5:
        seen = seen.flip(-1)
    seen = seen.clamp(min=1e-4) ** draw(0.8, 1.25)
    return seen + draw(0.0, 0.03) * torch.randn(seen.shape, generator=generator)


def grouped(visemes: np.ndarray) -> np.ndarray:
    """Visual groups of visemes, both -1 where nothing is known."""
    visemes = np.asarray(visemes, dtype=np.int64)
    return np.where(visemes < 0, -1, GROUP_OF[visemes])


def collapsed(groups: Sequence[int]) -> list[int]:
    """What is to be spelt: the groups in their order, what is not known and repeats left out."""
    return [group for group, _ in groupby(groups) if group >= 0]


class Objective:
    """Terms: letters (CTC), groups (cross entropy of frames); `accuracy` of frames is only logged."""

    def __call__(self, model: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        pictures, groups = batch
        reader = cast(LipReader, model)
        letters, shown = reader.read(reader(pictures))
        wanted = [collapsed(row) for row in groups.tolist()]
        lengths = torch.tensor([len(row) for row in wanted])
        targets = torch.tensor([1 + group for row in wanted for group in row], dtype=torch.long)
        frames = torch.full((len(groups),), letters.shape[1])
        ctc = F.ctc_loss(letters.transpose(0, 1), targets, frames, lengths, zero_infinity=True)
        known = groups >= 0
        return {
            "letters": ctc,
            "groups": F.nll_loss(shown[known], groups[known]),
            "accuracy": 100.0 * (shown.argmax(dim=-1) == groups)[known].float().mean(),
        }


def train(
    album: Path,
    out: Path,
    net: LipConfig | None = None,
    data: Data | None = None,
    training: Training | None = None,
    quiet: bool = False,
) -> dict[str, float]:
    """Train the lip reader on an album of mouths and write `out/model`; returns the terms of the best validation."""
    from speechface.training import fit

    data, training = data or Data(), training or Training()
    mouths = Album.read(album, "mouth")
    torch.manual_seed(training.seed)
    model = LipReader(net or LipConfig(size=mouths.pictures.shape[1]))
    held_out = Windows(mouths, mouths.split("validation"), data)
    validation = [held_out.batch(step, Generator().manual_seed(step)) for step in range(8)]
    lessons = Windows(mouths, mouths.split("train"), data)
    terms = fit(model, Objective(), WEIGHTS, lessons, validation, training, out, quiet=quiet)
    about = {"training": asdict(training), "batches": asdict(data), "validation": terms, "data": described(mouths),
             "test": evaluate(model, mouths)}  # fmt: skip
    save(out / "model", model, about)
    return terms


def described(album: Album) -> dict[str, Any]:
    """What an album shows in training, for the model card."""
    shown = album.split("train")
    return {"album": album.path.name, "clips": len(shown), "pictures": sum(photo.frames for photo in shown),
            "speakers": len({photo.speaker for photo in shown}), "heads": sorted({photo.head for photo in shown})}  # fmt: skip


@torch.inference_mode()
def evaluate(reader: LipReader, album: Album, split: str = "test") -> dict[str, dict[str, float]]:
    """Rows `known heads`, `new heads` and `all` of held-out voices: frames right (%), letters wrong (% of those there are:
    Levenshtein's distance), closures (p b m) that were spelt (%), and clips."""
    rows: dict[str, list[tuple[int, int, int, int, int, int]]] = {}
    for photo in album.split(split):
        span = slice(photo.first, photo.first + photo.frames)
        groups = grouped(album.visemes[span])
        if (groups < 0).all():
            continue
        letters, shown = reader.read(reader(torch.from_numpy(np.array(album.pictures[span]))[None, :, None] / 255.0))
        wanted = collapsed(grouped(np.array(photo.visemes)).tolist())
        said = spell(letters)[0]
        right = int((shown[0].argmax(dim=-1).numpy() == groups)[groups >= 0].sum())
        lips = groups == 1
        counts = (right, int((groups >= 0).sum()), distance(said, wanted), len(wanted),
                  int((shown[0].argmax(dim=-1).numpy() == 1)[lips].sum()), int(lips.sum()))  # fmt: skip
        for name in ("known heads" if photo.known_head else "new heads", "all"):
            rows.setdefault(name, []).append(counts)
    out = {}
    for name, found in sorted(rows.items()):
        right, frames, wrong, letters_, shut, lips_ = np.sum(found, axis=0).tolist()
        out[name] = {
            "frames_right": 100.0 * right / frames, "letters_wrong": 100.0 * wrong / max(1, letters_),
            "closed_seen": 100.0 * shut / max(1, lips_), "clips": float(len(found)),
        }  # fmt: skip
    return out


def distance(one: Sequence[int], other: Sequence[int]) -> int:
    """Levenshtein's distance: the least number of letters put in, left out or changed."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, wanted in enumerate(other, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != wanted))
    return row[-1]
