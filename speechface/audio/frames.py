"""Sound at the frames of an animation: features at one rate become features at another."""

from __future__ import annotations

import torch
from torch import Tensor


def at_frames(features: Tensor, rate: float, fps: float, frames: int, start: float = 0.0) -> Tensor:
    """Features (B, N, D) at `rate` -> (B, frames, 2 D): each frame gets the sound a quarter frame before and after it.

    Feature n is centred at (n + 0.5) / rate seconds, frame t of the animation at (start + t) / fps. Linear in between;
    the first and last feature hold outside.
    """
    quarter = torch.tensor([-0.25, 0.25], dtype=torch.float64, device=features.device)
    times = ((torch.arange(frames, device=features.device)[:, None] + quarter).reshape(-1) + start) / fps
    at = (times * rate - 0.5).clamp(0.0, features.shape[1] - 1)
    left = at.floor().long().clamp(max=max(0, features.shape[1] - 2))
    right = (left + 1).clamp(max=features.shape[1] - 1)
    share = (at - left)[:, None].to(features.dtype)
    mixed = features[:, left] * (1.0 - share) + features[:, right] * share
    return mixed.reshape(features.shape[0], frames, -1)
