"""The shape of EMOTE."""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro


@dataclass(frozen=True)
class Config:
    """Shape of the net."""

    encoder: Annotated[str, tyro.conf.arg(aliases=["--encoder"])] = "viseme"
    """Audio encoder, as `speechface.audio.encoders` names it."""
    decoder: Literal["prior", "direct"] = "prior"
    """What makes motion of latents: the frozen motion prior, or a linear layer that learns along, for comparison."""
    subjects: int = 32
    """Number of speaking styles in the training data."""
    width: int = 128
    """Width of the audio and of the style embedding; attention runs at twice that."""
    heads: int = 8
    """Attention heads."""
    hidden: int = 256
    """Width of the feed-forward layer."""
    dropout: float = 0.25
    """Dropout while training."""
    period: int = 30
    """Frames over which the attention bias stays the same."""
    reach: int = 60
    """Frames a frame can attend to on either side."""
    fps: float = 25.0
    """Frame rate of the motion."""


@dataclass(frozen=True)
class Data:
    """How batches are made."""

    batch: int = 16
    """Windows a step."""
    frames: int = 96
    """Length of a window, a multiple of 8."""
    views: int = 2
    """Versions of every clip's sound: clean, and through other rooms, microphones and noises."""


@dataclass(frozen=True)
class Weights:
    """Weights of the terms of the loss."""

    vertex: float = 1e6
    """Squared error of vertices in metres, as in EMOTE."""
    upper: float = 1e6
    """The same of eyes, brows and forehead alone: few of the vertices, and most of the feeling."""
    velocity: float = 3e6
    """Squared error of vertex motion from frame to frame, which keeps quick closures quick."""
    gap: float = 2e5
    """Squared error of the lip gap, closures counting most."""
    touch: float = 10.0
    """Millimetres by which lips fail to touch, or touch wrongly."""
    tuck: float = 6.0
    """The same of the lower lip and the upper teeth."""
    parameter: float = 0.0
    """Squared error of the parameters in units of their spread. The prior that ships rebuilds only those that can be seen."""


@dataclass(frozen=True)
class Watched:
    """Stage 2: weights of what nets say that watch the face, and which nets these are."""

    lip_reading: float = 25.0
    """One minus the cosine of what is read from the lips, made and recorded."""
    lip_reading_exchanged: float = 25.0
    """The same in the feeling of another clip, against the clip that was heard."""
    video_emotion: float = 2.5
    """One minus the cosine of what is felt, made and recorded."""
    video_emotion_exchanged: float = 2.5
    """The same in the feeling of another clip, against that clip."""
    reader: str = ""
    """Lip reader: a model folder or a TorchScript file; the one that comes with speechface by default."""
    judge: str = ""
    """Net that sees what a face feels, likewise."""
    rasteriser: str = ""
    """What draws: compiled (processors), soft (any device), pytorch3d; by default what suits the device."""
