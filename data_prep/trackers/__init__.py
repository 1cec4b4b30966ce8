"""Trackers: finding faces in a picture, and the landmarks of one. One module each with `load(model) -> Tracker`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from speechface import plugins


@dataclass(frozen=True, eq=False)
class Face:
    """Where a face is: centre (2,) and side in pixels of the upright square round it, turned by `angle` radians
    (positive where the eye that is left in the picture is the higher one), and how sure the detector is, 0..1."""

    centre: np.ndarray
    side: float
    angle: float
    score: float


@dataclass(frozen=True, eq=False)
class Seen:
    """Landmarks (478, 3) in pixels of the picture, scores (52,) in the order of `data_prep.track.SHAPES`, and how sure
    the tracker is that a face is there and nothing before it, 0..1."""

    landmarks: np.ndarray
    scores: np.ndarray
    presence: float


class Tracker(Protocol):
    """What finds faces. Pictures are (H, W, 3) uint8, red first."""

    def faces(self, picture: np.ndarray) -> list[Face]:
        """Every face in a picture, in no order."""
        ...

    def look(self, picture: np.ndarray, face: Face) -> Seen | None:
        """Landmarks and scores of the face at a place, or None if there is none."""
        ...


def available() -> list[str]:
    """Names of the trackers."""
    return plugins.names(__name__)


def load(name: str, model: str | Path) -> Tracker:
    """A tracker by name, with the Face Landmarker's model file; `UserError` if it is unknown or cannot run here."""
    return plugins.load(__name__, name, "tracker").load(Path(model))
