"""The shape of EmoFace."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Shape of the net; the defaults are those of the paper."""

    controls: int = 174
    """Controls of the face board."""
    width: int = 512
    """Width of the fused features."""
    emotion: int = 256
    """Width of the emotion embedding."""
    layers: int = 10
    """Attention layers of Audio2Rig."""
    heads: int = 8
    """Attention heads."""
    hidden: int = 2048
    """Width of the feed-forward layers."""
    dropout: float = 0.1
    """Dropout while training."""
    period: int = 60
    """Frames over which the attention bias stays the same."""
    reach: int = 60
    """Frames a frame can attend to on either side, in every layer."""
    fps: float = 60.0
    """Frame rate of the controls."""
