"""Training the net that judges feelings on an album of faces: the emotion of a clip and how strong it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from speechface.emotion import LABELS, LEVELS, Emotion
from speechface.errors import UserError
from speechface.perception.album import Album, Photo
from speechface.perception.config import Data, FeelingConfig
from speechface.perception.lip_training import changed, described
from speechface.perception.video_emotion import VideoEmotion, save
from speechface.training_config import Training

WEIGHTS = {"emotion": 1.0, "intensity": 0.3}
LEAST = 0.25
"""Strength below which nobody can be expected to tell a feeling."""


@dataclass(frozen=True)
class Example:
    """A clip whose face feels one thing: emotion 0..7 and intensity 0..2, -1 where it is neutral."""

    photo: Photo
    emotion: int
    intensity: int


def examples(photos: Sequence[Photo]) -> list[Example]:
    """The clips that feel one thing throughout, and how strongly: MEAD's levels at strengths 1/3, 2/3 and 1."""
    out = []
    for photo in photos:
        emotion = Emotion.parse(photo.emotion)
        felt = emotion.strengths[0, 1:]
        if len(emotion.times) > 1 or (felt > 0).sum() > 1 or 0.0 < felt.max() < LEAST:
            continue
        strong = float(felt.max())
        level = int(np.clip(round(strong * LEVELS), 1, LEVELS)) - 1 if strong else -1
        out.append(Example(photo, int(felt.argmax()) + 1 if strong else 0, level))
    return out


class Windows:
    """Batches of windows of clips, every emotion as likely as every other, changed in light, noise, side and place."""

    def __init__(self, album: Album, clips: Sequence[Example], data: Data) -> None:
        self.album, self.data = album, data
        self.kinds = [
            [clip for clip in clips if clip.emotion == number and clip.photo.frames >= data.frames]
            for number in range(len(LABELS))
        ]
        self.kinds = [kind for kind in self.kinds if kind]
        if len(self.kinds) < 2:
            raise UserError(f"{album.path} does not show two emotions for {data.frames} pictures each")

    def batch(self, step: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (B, T, 1, H, W), emotions (B,) and intensities (B,)."""
        pictures, chosen = [], []
        for _ in range(self.data.batch):
            kind = self.kinds[int(torch.randint(len(self.kinds), (), generator=generator))]
            one = kind[int(torch.randint(len(kind), (), generator=generator))]
            room = one.photo.frames - self.data.frames + 1
            first = one.photo.first + int(torch.randint(room, (), generator=generator))
            seen = torch.from_numpy(np.array(self.album.pictures[first : first + self.data.frames]))
            pictures.append(changed(seen, generator, shift=4))
            chosen.append(one)
        return (torch.stack(pictures), torch.tensor([one.emotion for one in chosen]),
                torch.tensor([one.intensity for one in chosen]))  # fmt: skip


class Objective:
    """Terms: emotion and intensity (cross entropies; a neutral face has no intensity); `accuracy` is only logged."""

    def __call__(self, model: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
        pictures, emotion, intensity = batch
        net = cast(VideoEmotion, model)
        said, strong = net.judge(net(pictures))
        felt = intensity >= 0
        level = F.cross_entropy(strong[felt], intensity[felt]) if felt.any() else 0.0 * strong.sum()
        return {
            "emotion": F.cross_entropy(said, emotion),
            "intensity": level,
            "accuracy": 100.0 * (said.argmax(dim=-1) == emotion).float().mean(),
        }


def train(
    album: Path,
    out: Path,
    net: FeelingConfig | None = None,
    data: Data | None = None,
    training: Training | None = None,
    stills: int = 0,
    quiet: bool = False,
) -> dict[str, float]:
    """Train the net that judges feelings on an album of faces and write `out/model`; returns the best validation's terms.

    stills: steps on single pictures, as many as `data` has in all its windows' places (a quarter of them), before the steps
    of `training` on windows. A window costs as much as its pictures and has one label for all of them: a net that starts on
    windows sees too few labels to learn what a face looks like (chance level after the time in which stills teach it half).
    """
    from dataclasses import replace

    from speechface.training import fit

    data, training = data or Data(batch=16, frames=16), training or Training()
    faces = Album.read(album, "face")
    torch.manual_seed(training.seed)
    model = VideoEmotion(replace(net or FeelingConfig(), size=faces.pictures.shape[1], rate=faces.fps))
    clips = {split: examples(faces.split(split)) for split in ("train", "validation")}

    def learn(batches: Data, how: Training, folder: Path) -> dict[str, float]:
        held_out, lessons = (Windows(faces, clips[split], batches) for split in ("validation", "train"))
        validation = [held_out.batch(step, Generator().manual_seed(step)) for step in range(12)]
        return fit(model, Objective(), WEIGHTS, lessons, validation, how, folder, quiet=quiet)

    if stills:
        learn(Data(max(2, data.batch * data.frames // 4), 1), replace(training, steps=stills), out / "stills")
    terms = learn(data, training, out)
    about = {"training": asdict(training), "stills": stills, "batches": asdict(data), "validation": terms,
             "data": described(faces), "test": evaluate(model, faces)}  # fmt: skip
    save(out / "model", model, about)
    return terms


@torch.inference_mode()
def evaluate(net: VideoEmotion, album: Album, split: str = "test") -> dict[str, dict[str, float]]:
    """Rows by head (`known heads`, `new heads`), by style (`known styles`, `new styles`) and `all`, on held-out voices:
    emotions told (%), levels of intensity told (%) and clips. New styles are those that training does not show."""
    shown = {photo.style for photo in album.split("train")}
    found: dict[str, list[tuple[int, int, int]]] = {}
    for one in examples(album.split(split)):
        photo = one.photo
        pictures = torch.from_numpy(np.array(album.pictures[photo.first : photo.first + photo.frames]))
        said, strong = net.judge(net(pictures[None, :, None] / 255.0))
        counts = (int(said.argmax() == one.emotion), int(strong.argmax() == one.intensity), int(one.intensity >= 0))
        heads = "known heads" if photo.known_head else "new heads"
        for name in (heads, "known styles" if photo.style in shown else "new styles", "all"):
            found.setdefault(name, []).append(counts)
    out = {}
    for name, counts_ in sorted(found.items()):
        right, level, felt = np.sum(counts_, axis=0).tolist()
        out[name] = {"told": 100.0 * right / len(counts_), "level": 100.0 * level / max(1, felt),
                     "clips": float(len(counts_))}  # fmt: skip
    return out
