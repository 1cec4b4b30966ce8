"""The shape of the motion prior."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Shape of the prior."""

    parameters: int = 53
    """Head parameters a frame: expression coefficients and three of the jaw."""
    width: int = 128
    """Channels inside and numbers a latent."""
    heads: int = 8
    """Attention heads."""
    hidden: int = 384
    """Width of the feed-forward layers."""
    dropout: float = 0.1
    """Dropout of the attention layers while training."""
    reach: int = 32
    """Frames (decoder) or latents (encoder) a position can attend to on either side."""
    fps: float = 25.0
    """Frame rate the prior was trained at."""


@dataclass(frozen=True)
class Data:
    """How batches are made."""

    batch: int = 32
    """Windows a step."""
    frames: int = 64
    """Length of a window, a multiple of 8."""
