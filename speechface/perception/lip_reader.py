"""`LipReader`: reads visemes from a mouth. A 3-D convolution, a residual net a frame, then convolutions over time.

The shape is that of Stafylakis & Tzimiropoulos (Combining residual networks with LSTMs for lipreading, Interspeech 2017) at
a fortieth of the size; the letters it reads are the visual groups of `speechface.visemes`.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from speechface import checkpoint
from speechface.perception.config import LipConfig
from speechface.perception.convolutions import levelled, trunk
from speechface.visemes import GROUPS

KIND = "lip_reader"


class LipReader(nn.Module):
    """Pictures of a mouth (B, T, 1, 88, 88) in 0..1 at 25 frames a second -> features (B, T, D) of mean 0 and spread 1.

    `read` turns features into log probabilities: of nothing or a new group for CTC (B, T, 1 + 12), and of the group that the
    frame shows (B, T, 12).
    """

    def __init__(self, config: LipConfig | None = None) -> None:
        super().__init__()
        self.config = config or LipConfig()
        c = self.config
        self.front = nn.Conv3d(1, c.first, 5, stride=(1, 2, 2), padding=2, bias=False)
        self.norm = nn.BatchNorm3d(c.first)
        self.trunk = trunk(c.first, c.widths)
        self.squeeze = nn.Linear(c.widths[-1], c.width)
        self.over_time = nn.ModuleList(nn.Conv1d(c.width, c.width, 5, padding=2) for _ in range(2))
        self.settle = nn.LayerNorm(c.width, elementwise_affine=False)
        self.dropout = nn.Dropout(c.dropout)
        self.letters = nn.Linear(c.width, 1 + len(GROUPS))
        self.groups = nn.Linear(c.width, len(GROUPS))

    @property
    def size(self) -> int:
        """Pixels along a side of the pictures it takes."""
        return self.config.size

    def forward(self, pictures: Tensor) -> Tensor:
        batch, frames = pictures.shape[:2]
        hidden = F.relu(self.norm(self.front(levelled(pictures).transpose(1, 2))))
        hidden = F.max_pool3d(hidden, (1, 3, 3), (1, 2, 2), (0, 1, 1)).transpose(1, 2).flatten(0, 1)
        hidden = self.squeeze(self.trunk(hidden)).reshape(batch, frames, -1).transpose(1, 2)
        for layer in self.over_time:
            hidden = hidden + F.relu(layer(hidden))
        return self.settle(hidden.transpose(1, 2))

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Log probabilities of the letters (B, T, 13), letter 0 for none, and of the groups (B, T, 12)."""
        kept = self.dropout(features)
        return self.letters(kept).float().log_softmax(dim=-1), self.groups(kept).float().log_softmax(dim=-1)


def spell(letters: Tensor) -> list[list[int]]:
    """The groups that log probabilities (B, T, 13) spell: the best letter of each frame, repeats and nothings left out."""
    out = []
    for row in letters.argmax(dim=-1).tolist():
        out.append([letter - 1 for before, letter in zip([0, *row], row, strict=False) if letter not in (0, before)])
    return out


def save(folder: str | Path, net: LipReader, about: dict[str, Any]) -> None:
    """Write a model folder."""
    checkpoint.save(folder, net, KIND, {"config": asdict(net.config), **about}, half=True)


def load(folder: str | Path) -> LipReader:
    """Read a model folder, strictly; `UserError` if it is none."""

    def build(about: dict[str, Any]) -> LipReader:
        config = dict(about["config"])
        return LipReader(LipConfig(**{**config, "widths": tuple(config["widths"])}))

    return checkpoint.load(folder, KIND, build)
