"""`Direct`: no motion prior, one linear layer from latents to motion, for comparison (`train emote --net.decoder direct`)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from priors.flint import STRIDE
from priors.flint_config import Config


class Direct(nn.Module):
    """Latents (B, L, 128) -> motion (B, 8 L, C), in units of `scale` (C,) about `mean` (C,), and no idea of how faces move."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.out = nn.Linear(config.width, STRIDE * config.parameters)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.register_buffer("mean", torch.zeros(config.parameters))
        self.register_buffer("scale", torch.ones(config.parameters))

    def decode(self, latents: Tensor) -> Tensor:
        """Latents (B, L, 128) -> motion (B, 8 L, C)."""
        batch, count = latents.shape[:2]
        return self.out(latents).reshape(batch, STRIDE * count, -1) * self.scale + self.mean
