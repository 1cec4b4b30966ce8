"""`Fit`: the motion of a head that was found in a clip, and how well it fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_prep.fitting.camera import Camera
from speechface.animation import Animation
from speechface.heads import Head


@dataclass(frozen=True, eq=False)
class Fit:
    """animation: controls of `head`'s rig over T frames, the rotation of the head among them.

    head: the head as the person in the video; shape (S,) its changes, shape_names their names.
    camera: that of the video. place (T, 3) metres: where `head.vertices(controls)` stand in the camera's axes (the camera at
    the origin, looking along -Z, Y up): add it to all vertices.
    error: (T,) mean distance of fitted landmarks from those seen, as a share of the distance between the outer corners of the
    eyes; errors: the same by region. marks (T, N, 2) fitted landmarks in pixels, numbers (N,) MediaPipe's of them.
    terms: mean cost a frame of each term of the objective. valid: (T,) bool.
    """

    animation: Animation
    head: Head
    shape: np.ndarray
    shape_names: tuple[str, ...]
    camera: Camera
    place: np.ndarray
    error: np.ndarray
    errors: dict[str, np.ndarray]
    marks: np.ndarray
    numbers: np.ndarray
    terms: dict[str, float]
    valid: np.ndarray
