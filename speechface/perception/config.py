"""Shapes of the nets that watch, and how their batches are made. Free of torch, so that `--help` is quick."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LipConfig:
    """Shape of the lip reader."""

    size: int = 88
    """Pixels along a side of the pictures."""
    first: int = 16
    """Channels of the 3-D convolution."""
    widths: tuple[int, ...] = (24, 48, 96, 160)
    """Channels of the residual blocks, each at half the size of the one before."""
    width: int = 128
    """Numbers a frame that come out."""
    dropout: float = 0.1
    """Dropout of the numbers while training."""


@dataclass(frozen=True)
class FeelingConfig:
    """Shape of the net that judges feelings."""

    size: int = 112
    """Pixels along a side of the pictures."""
    rate: float = 8.3333
    """Pictures a second."""
    first: int = 16
    """Channels of the first convolution."""
    widths: tuple[int, ...] = (24, 48, 80, 112)
    """Channels of the residual blocks."""
    width: int = 256
    """Numbers a clip that come out."""
    heads: int = 8
    """Attention heads."""
    hidden: int = 256
    """Width of the feed-forward layer."""
    dropout: float = 0.1
    """Dropout of the attention layer while training."""


@dataclass(frozen=True)
class Data:
    """How batches are made."""

    batch: int = 8
    """Clips a step."""
    frames: int = 48
    """Pictures of each."""
