"""`FitConfig`: the numbers of fitting, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Weights:
    """Weights of the terms. A residual counts in units of how far its kind is to be believed, see docs/fitting.md."""

    landmark: float = 0.3
    """Landmarks in the picture, in units of 1 % of the distance between the eyes and the spread of each landmark; neighbours
    err alike, so that not all count."""
    lip_gap: float = 1.0
    """Ways from the upper to the lower inner lip, in units of 0.4 %: closures are kept."""
    lip_depth: float = 1.0
    """How far one lip is before the other where the picture shows them shut, in units of 0.4 %."""
    lid_gap: float = 1.0
    """The same of the eyelids, in units of 0.6 %."""
    gaze: float = 1.0
    """Way from the middle of an eye's corners to its pupil, in units of 0.6 %."""
    score: float = 2.0
    """Distance from what landmarks and scores together say by the rule (`learnt`), in units of its own error; on a FLAME file in
    units of 1 mm of the landmarks (root mean square)."""
    turn: float = 1.0
    """Turn of the head against what the rule says, in units of the rule's own error."""
    amount: float = 0.3
    """Size of the controls themselves."""
    smooth: float = 1.0
    """Change of the controls from frame to frame, at 25 frames a second."""
    pose: float = 1.0
    """Change of the head's place and rotation from frame to frame."""
    photometric: float = 0.02
    """A pixel of the pictures, in units of the noise, where pictures are given; neighbours err alike."""
    shape: float = 10.0
    """Size of the changes of shape, in units of what is usual: a tracker errs alike in all key frames, which are one witness."""


@dataclass(frozen=True)
class FitConfig:
    """How a clip is fitted."""

    field_of_view: float = math.radians(25.0)
    """Vertical angle of the video's camera, in radians. It cannot be told well from a face; an error of it is taken up by
    the distance."""
    weak: bool = False
    """Weak perspective: all points of the face as far from the camera as its middle."""
    known: bool = False
    """The head is the person in the video already; its shape is not looked for."""
    keyframes: int = 24
    """Frames from which the shape is found."""
    shape_rounds: int = 12
    """Steps of Gauss-Newton on the key frames at most."""
    rounds: int = 12
    """The same on the whole clip."""
    chunk: int = 500
    """Frames that are solved at once: a longer clip takes no more memory."""
    overlap: int = 25
    """Frames that neighbouring chunks share."""
    weights: Weights = field(default_factory=Weights)
