"""The net of EMOTE (arXiv 2306.08990, figure 2), written fresh from the published description.

audio features and a style (emotion, intensity, subject) -> one attention layer -> a latent every eight frames
-> the frozen decoder of the motion prior -> expression coefficients and jaw, a row a frame.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from emote.config import Config
from priors.direct import Direct
from priors.flint import STRIDE, Flint
from priors.flint_config import Config as PriorConfig
from speechface.attention import AttentionLayer
from speechface.emotion import LABELS, LEVELS


class Emote(nn.Module):
    """Audio features and style in, motion out. The audio encoder is held beside the net, not in it, while it is frozen.

    Style passes two linear layers, not the paper's one: how strong a feeling is multiplies what it is, and one layer, which
    can only add, left surprise at full strength where it was at a third.
    """

    def __init__(self, config: Config, prior: Flint | Direct, features: int) -> None:
        super().__init__()
        self.config = config
        self.prior = prior.requires_grad_(config.decoder == "direct")
        width = 2 * config.width
        self.audio = nn.Linear(2 * features, config.width)
        self.style = nn.Sequential(
            nn.Linear(len(LABELS) + LEVELS + config.subjects, config.width),
            nn.GELU(),
            nn.Linear(config.width, config.width),
        )
        self.attention = AttentionLayer(width, config.heads, config.hidden, config.dropout, config.period, config.reach)
        self.squash = nn.Linear(width, config.width)
        nn.init.zeros_(self.squash.weight)
        nn.init.zeros_(self.squash.bias)
        self.latent = nn.Linear(STRIDE * config.width, prior.config.width)

    def train(self, mode: bool = True) -> Emote:
        """Training mode for everything but the prior, whose batch norms must stay as they were learnt."""
        super().train(mode)
        self.prior.eval()
        return self

    def forward(self, features: Tensor, style: Tensor, mask: Tensor | None = None) -> Tensor:
        """Features (B, T, 2 D) from `at_frames`, style (B, T, 43), mask (B, T) -> motion (B, T, C); T a multiple of 8."""
        heard = torch.cat([self.audio(features), self.style(style)], dim=-1)
        hidden = self.squash(self.attention(heard, mask))
        batch, frames, width = hidden.shape
        latents = self.latent(hidden.reshape(batch, frames // STRIDE, STRIDE * width))
        return self.prior.decode(latents)


def decoder(config: Config, shape: PriorConfig, prior: Flint | None = None) -> Flint | Direct:
    """What makes motion of latents: `prior` itself or one of its shape, or, if asked for, a direct layer in its units."""
    if config.decoder == "prior":
        return prior or Flint(shape)
    layer = Direct(shape)
    if prior is not None:
        layer.mean.copy_(prior.mean)
        layer.scale.copy_(prior.scale)
    return layer


def style_input(labels: Tensor, levels: Tensor, subject: Tensor, subjects: int) -> Tensor:
    """(B, T, 43) from soft labels (B, T, 8), soft levels (B, T, 3) and subject numbers (B,)."""
    who = F.one_hot(subject, subjects).to(labels.dtype)[:, None].expand(-1, labels.shape[1], -1)
    return torch.cat([labels, levels, who], dim=-1)
