"""`Average`: the moving average of a net's weights, which is what gets validated and kept."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class Average(nn.Module):
    """Exponential moving average of a net's weights and statistics, quick at first: decay min(d, (1 + n) / (10 + n))."""

    count: Tensor

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__()
        self.net, self.decay = copy.deepcopy(model).eval().requires_grad_(False), decay
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move a little towards the net's present weights."""
        share = 1.0 - min(self.decay, (1.0 + int(self.count)) / (10.0 + int(self.count)))
        for kept, new in zip(self.net.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new.to(kept.dtype), share)
            else:
                kept.copy_(new)
        self.count += 1
