"""The net of EmoFace (arXiv 2407.12501, figure 2), written fresh from the published description.

Speech features and an embedding of the emotion, each from an encoder of its own and added to every step, go through
attention layers ("Audio2Rig") to the controls. In the original code those layers have batch and time changed over, so
that no frame sees another; here they attend over time, and the emotion may change with it. A step of the attention gives
`stride` frames: sound has no more to say 60 times a second than 30 times, and lips do.

Ours adds a posture: how this person looks who feels that, whatever is said, straight from emotion and style to the controls.
Brows, nose and ears are little else, and attention over speech is a long way round to a constant.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from emoface.config import Config
from speechface.attention import AttentionLayer
from speechface.emotion import LABELS, LEVELS


class EmoFace(nn.Module):
    """Speech features and what is felt in, face-board controls out. A net that knows nothing gives a face at rest."""

    spread: Tensor

    def __init__(self, config: Config, features: int) -> None:
        super().__init__()
        self.config = config
        self.speech = nn.Linear(2 * features, config.width)
        self.emotion = nn.Sequential(
            nn.Linear(len(LABELS) + LEVELS + config.subjects, config.emotion),
            nn.GELU(),
            nn.Linear(config.emotion, config.width),
        )
        self.layers = nn.ModuleList(
            AttentionLayer(config.width, config.heads, config.hidden, config.dropout, config.period, config.reach)
            for _ in range(config.layers)
        )
        self.controls = nn.Linear(config.width, config.stride * config.controls)
        felt = nn.Linear(len(LABELS) + LEVELS + config.subjects, config.posture)
        posture = nn.Linear(config.posture, config.controls)
        self.posture = nn.Sequential(felt, nn.GELU(), posture)
        for last in (self.controls, posture):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.register_buffer("spread", torch.ones(config.controls))

    def forward(self, features: Tensor, felt: Tensor, mask: Tensor | None = None) -> Tensor:
        """Features (B, N, 2 D) from `at_frames` at fps / stride, felt (B, N, 11 + subjects), mask (B, N)
        -> controls (B, N * stride, 174)."""
        hidden = self.speech(features) + self.emotion(felt)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        batch, steps, _ = hidden.shape
        moved = self.controls(hidden).reshape(batch, steps, self.config.stride, -1)
        return (moved + self.posture(felt)[:, :, None]).reshape(batch, steps * self.config.stride, -1) * self.spread


def felt_input(labels: Tensor, levels: Tensor, subject: Tensor, subjects: int) -> Tensor:
    """(B, N, 11 + subjects) from soft labels (B, N, 8), soft levels (B, N, 3) and subject numbers (B,)."""
    who = F.one_hot(subject, subjects).to(labels.dtype)[:, None].expand(-1, labels.shape[1], -1)
    return torch.cat([labels, levels, who], dim=-1)
