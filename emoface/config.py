"""The shape of EmoFace, its batches and its loss."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Shape of the net. The paper's (width 512, 10 layers, hidden 2048) is larger; these defaults run anywhere."""

    encoder: str = "viseme"
    """Audio encoder, as `speechface.audio.encoders` names it."""
    subjects: int = 32
    """Number of speaking styles in the training data."""
    controls: int = 174
    """Controls of the face board."""
    width: int = 192
    """Width of the fused features."""
    emotion: int = 96
    """Width of the emotion embedding."""
    posture: int = 128
    """Hidden width of the way from emotion and style straight to the controls."""
    layers: int = 4
    """Attention layers of Audio2Rig."""
    heads: int = 8
    """Attention heads."""
    hidden: int = 384
    """Width of the feed-forward layers."""
    dropout: float = 0.25
    """Dropout while training."""
    stride: int = 2
    """Frames of animation that each step of the attention gives."""
    period: int = 8
    """Steps over which the attention bias stays the same."""
    reach: int = 24
    """Steps a step can attend to on either side, in every layer."""
    fps: float = 60.0
    """Frame rate of the controls."""


@dataclass(frozen=True)
class Data:
    """How batches are made."""

    batch: int = 16
    """Windows a step."""
    frames: int = 192
    """Length of a window; shorter clips are filled up with frames that do not count."""
    views: int = 4
    """Versions of every clip's sound: clean, and through other rooms, microphones and noises."""
    fps: float = 60.0
    """Frames a second of tables of curves (.csv), which do not say it themselves."""


@dataclass(frozen=True)
class Weights:
    """Weights of the terms of the loss."""

    control: float = 1.0
    """Squared error of every control in units of its spread, so that small ones count too."""
    change: float = 4.0
    """The same of the change from frame to frame, which keeps quick closures quick."""
    vertex: float = 1e5
    """Squared error of vertices of the open head in metres: controls count by what is seen of them."""
    gap: float = 2e4
    """Squared error of the lip gap, closures counting most."""
    touch: float = 1.0
    """Millimetres by which lips fail to touch, or touch wrongly."""
    tuck: float = 0.6
    """The same of the lower lip and the upper teeth."""
