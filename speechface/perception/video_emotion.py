"""`VideoEmotion`: what a face feels, from pictures: features a frame, one layer of attention over time, one vector a clip."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from speechface import checkpoint
from speechface.attention import AttentionLayer
from speechface.emotion import LABELS, LEVELS
from speechface.perception.config import FeelingConfig
from speechface.perception.convolutions import levelled, trunk

KIND = "video_emotion"


class VideoEmotion(nn.Module):
    """Pictures of a face (B, T, 1, 112, 112) in 0..1, some eight a second -> one vector a clip (B, 256).

    `judge` turns vectors into logits of the eight emotions (B, 8) and of MEAD's three intensities (B, 3).
    """

    def __init__(self, config: FeelingConfig | None = None) -> None:
        super().__init__()
        self.config = config or FeelingConfig()
        c = self.config
        self.front = nn.Conv2d(1, c.first, 5, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(c.first)
        self.trunk = trunk(c.first, c.widths)
        self.squeeze = nn.Linear(c.widths[-1], c.width)
        self.attention = AttentionLayer(c.width, c.heads, c.hidden, c.dropout, 1 << 20, 1 << 20)
        self.emotion = nn.Linear(c.width, len(LABELS))
        self.intensity = nn.Linear(c.width, LEVELS)

    @property
    def size(self) -> int:
        """Pixels along a side of the pictures it takes."""
        return self.config.size

    @property
    def rate(self) -> float:
        """Pictures a second it takes."""
        return self.config.rate

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> Tensor:
        """mask: (B, T) which pictures count."""
        batch, frames = pictures.shape[:2]
        hidden = F.relu(self.norm(self.front(levelled(pictures).flatten(0, 1))))
        hidden = F.max_pool2d(hidden, 3, 2, 1)
        hidden = self.attention(self.squeeze(self.trunk(hidden)).reshape(batch, frames, -1), mask)
        kept = torch.ones_like(hidden[..., 0]) if mask is None else mask.to(hidden.dtype)
        return (hidden * kept[..., None]).sum(dim=1) / kept.sum(dim=1, keepdim=True).clamp(min=1.0)

    def judge(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of emotions (B, 8) and of intensities (B, 3)."""
        return self.emotion(vectors), self.intensity(vectors)


def save(folder: str | Path, net: VideoEmotion, about: dict[str, Any]) -> None:
    """Write a model folder."""
    checkpoint.save(folder, net, KIND, {"config": asdict(net.config), **about}, half=True)


def load(folder: str | Path) -> VideoEmotion:
    """Read a model folder, strictly; `UserError` if it is none."""

    def build(about: dict[str, Any]) -> VideoEmotion:
        config = dict(about["config"])
        return VideoEmotion(FeelingConfig(**{**config, "widths": tuple(config["widths"])}))

    return checkpoint.load(folder, KIND, build)
