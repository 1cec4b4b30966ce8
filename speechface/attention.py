"""Transformer encoder layer with an additive distance bias, the building block of the prior and of EMOTE.

PyTorch's `nn.TransformerEncoderLayer` is not used: its fused path in eval mode turns a float bias into a boolean mask
(measured on torch 2.13), so that a model moves differently in use than in training.
"""

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@lru_cache(maxsize=8)
@torch.inference_mode(False)  # what is kept in use must serve in training too
def distance_bias(frames: int, heads: int, period: int, reach: int, device: torch.device | None = None) -> Tensor:
    """(heads, T, T) bias -2^-(h+1) * floor(|i - j| / period), as in ALiBi (Press et al., ICLR 2022), both directions.

    Beyond `reach` frames it is minus infinity: what a frame can see is finite, so windows of a long recording join exactly.
    """
    at = torch.arange(frames, device=device)
    distance = (at[:, None] - at).abs()
    slopes = 2.0 ** -torch.arange(1, heads + 1, device=device)
    bias = -slopes[:, None, None] * torch.div(distance, period, rounding_mode="floor")
    return bias.masked_fill(distance > reach, float("-inf"))


class AttentionLayer(nn.Module):
    """Self-attention and feed-forward, each with dropout, residual and layer norm after it (Vaswani et al. 2017)."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float, period: int, reach: int) -> None:
        super().__init__()
        self.heads, self.period, self.reach = heads, period, reach
        self.mix = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width))
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor, mask: Tensor | None = None) -> Tensor:
        """Values (B, T, D) -> (B, T, D). Frames where mask (B, T) is false are seen by no other frame."""
        batch, frames, width = values.shape
        query, key, value = self.mix(values).reshape(batch, frames, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        bias = distance_bias(frames, self.heads, self.period, self.reach, values.device)[None].to(values.dtype)
        if mask is not None:
            hidden = ~mask[:, None, None, :] & ~torch.eye(frames, dtype=torch.bool, device=values.device)
            bias = bias.masked_fill(hidden, float("-inf"))
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        seen = self.join(seen.transpose(1, 2).reshape(batch, frames, width))
        values = self.norms[0](values + self.dropout(seen))
        return self.norms[1](values + self.dropout(self.feed(values)))
