"""The built-in encoder: its shape, and how its training batches are made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Shape of the net."""

    channels: int = 192
    """Width of the residual blocks."""
    kernel: int = 5
    """Taps of every dilated convolution."""
    dilations: tuple[int, ...] = (1, 1, 2, 2, 4, 4, 2, 2, 1, 1)
    """Dilation of every block, in frames of 20 ms."""
    dropout: float = 0.1
    """Dropout after every block while training."""


@dataclass(frozen=True)
class Data:
    """How batches are made."""

    batch: int = 32
    """Crops a step."""
    seconds: float = 4.0
    """Length of a crop."""
    slowest: float = 0.85
    """Slowest speaking rate the crops are stretched to."""
    fastest: float = 1.18
    """Fastest speaking rate."""
    rest: float = 0.03
    """Share of crops without any speech: digital silence, to which the augmentation adds noise."""
    augment: bool = True
    """Whether voices, rooms and noises are varied."""
