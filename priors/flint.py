"""FLINT, the motion prior of EMOTE: a temporal VAE over sequences of head parameters (arXiv 2306.08990, section 3.2).

Eight frames become one latent of 128 numbers. Written fresh from the published description.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from priors.flint_config import Config
from speechface import checkpoint
from speechface.attention import AttentionLayer

STRIDE = 8
"""Frames a latent stands for."""


class Flint(nn.Module):
    """Temporal VAE: motion (B, T, C) -> Gaussian over latents (B, T / 8, 128) -> motion; T is a multiple of 8.

    Motion is normalised inside by `mean` and `scale` (C,), set from the training clips before training.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        self.encoder = MotionEncoder(self.config)
        self.decoder = MotionDecoder(self.config)
        self.register_buffer("mean", torch.zeros(self.config.parameters))
        self.register_buffer("scale", torch.ones(self.config.parameters))

    def encode(self, motion: Tensor) -> tuple[Tensor, Tensor]:
        """Motion (B, T, C) -> mean and log variance of the latents, each (B, T / 8, 128)."""
        return self.encoder((motion - self.mean) / self.scale)

    def decode(self, latents: Tensor) -> Tensor:
        """Latents (B, L, 128) -> motion (B, 8 L, C)."""
        return self.decoder(latents) * self.scale + self.mean

    def forward(self, motion: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Motion -> reconstruction, mean, log variance; the latent is sampled while training, the mean otherwise."""
        mean, spread = self.encode(motion)
        latents = mean + torch.randn_like(mean) * torch.exp(0.5 * spread) if self.training else mean
        return self.decode(latents), mean, spread


class MotionEncoder(nn.Module):
    """Convolutions halve time three times, one attention layer mixes the latents, two heads give mean and log variance."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.convolutions = nn.Sequential(
            nn.Conv1d(config.parameters, width, 5, stride=2, padding=2), nn.LeakyReLU(0.2), nn.BatchNorm1d(width),
            nn.Conv1d(width, width, 5, padding=2), nn.LeakyReLU(0.2), nn.BatchNorm1d(width), nn.MaxPool1d(2),
            nn.Conv1d(width, width, 5, padding=2), nn.LeakyReLU(0.2), nn.BatchNorm1d(width), nn.MaxPool1d(2),
        )  # fmt: skip
        self.project = nn.Linear(width, width)
        self.attention = AttentionLayer(width, config.heads, config.hidden, config.dropout, 1, config.reach // STRIDE)
        self.mean = nn.Linear(width, width)
        self.spread = nn.Linear(width, width)

    def forward(self, motion: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.convolutions(motion.transpose(1, 2)).transpose(1, 2)
        hidden = self.attention(self.project(hidden))
        return self.mean(hidden), self.spread(hidden)


class MotionDecoder(nn.Module):
    """Mirror of the encoder: time doubles three times, attention at the full frame rate, a smoothing convolution last."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.grow = nn.ConvTranspose1d(width, width, 5, stride=2, padding=2, output_padding=1)
        self.stages = nn.ModuleList(nn.Conv1d(width, width, 5, padding=2) for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(3))
        self.project = nn.Linear(width, width)
        self.attention = AttentionLayer(width, config.heads, config.hidden, config.dropout, 1, config.reach)
        self.out = nn.Linear(width, config.parameters)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.smooth = nn.Conv1d(config.parameters, config.parameters, 5, padding=2)
        with torch.no_grad():  # starts as the identity, so that training decides how much to smooth
            self.smooth.weight.copy_(torch.eye(config.parameters)[:, :, None] * torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]))
            nn.init.zeros_(cast(Tensor, self.smooth.bias))

    def forward(self, latents: Tensor) -> Tensor:
        hidden = self.norms[0](F.leaky_relu(self.grow(latents.transpose(1, 2)), 0.2))
        for stage, norm in zip(self.stages, self.norms[1:], strict=True):
            hidden = norm(F.leaky_relu(stage(hidden), 0.2)).repeat_interleave(2, dim=-1)
        hidden = self.attention(self.project(hidden.transpose(1, 2)))
        return self.smooth(self.out(hidden).transpose(1, 2)).transpose(1, 2)


def save(folder: str | Path, prior: Flint, about: dict[str, Any]) -> None:
    """Write a prior's model folder."""
    checkpoint.save(folder, prior, "prior", {"config": asdict(prior.config), **about})


def load(folder: str | Path) -> Flint:
    """Read a prior's model folder, strictly; `UserError` if it is none."""
    return checkpoint.load(folder, "prior", lambda about: Flint(Config(**about["config"])))
