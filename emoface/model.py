"""The net of EmoFace (arXiv 2407.12501, figure 2), written fresh from the published description.

Speech features at the rate of the animation and an embedding of the emotion, added to every frame, go through
attention layers ("Audio2Rig") to the controls. In the original code those layers have batch and time changed over, so
that no frame sees another; here they attend over time, and the emotion may change with it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from emoface.config import Config
from speechface.attention import AttentionLayer
from speechface.emotion import LABELS, LEVELS


class EmoFace(nn.Module):
    """Speech features and emotion in, face-board controls out."""

    def __init__(self, config: Config, features: int) -> None:
        super().__init__()
        self.config = config
        self.speech = nn.Linear(features, config.width)
        self.emotion = nn.Sequential(
            nn.Linear(len(LABELS) + LEVELS, config.emotion), nn.GELU(), nn.Linear(config.emotion, config.width)
        )
        self.layers = nn.ModuleList(
            AttentionLayer(config.width, config.heads, config.hidden, config.dropout, config.period, config.reach)
            for _ in range(config.layers)
        )
        self.controls = nn.Linear(config.width, config.controls)
        nn.init.zeros_(self.controls.weight)
        nn.init.zeros_(self.controls.bias)

    def forward(self, features: Tensor, emotion: Tensor, mask: Tensor | None = None) -> Tensor:
        """Features (B, T, D), soft labels and levels (B, T, 11), mask (B, T) -> controls (B, T, 174)."""
        hidden = self.speech(features) + self.emotion(emotion)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.controls(hidden)


def fused(labels: Tensor, levels: Tensor) -> Tensor:
    """(B, T, 11) the emotion input from soft labels (B, T, 8) and soft levels (B, T, 3)."""
    return torch.cat([labels, levels], dim=-1)
