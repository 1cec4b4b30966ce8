"""The mouth of a person in a video as a trace: MediaPipe's landmarks of it, in metres of a face of usual size."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from speechface.errors import UserError
from speechface.evaluation.regions import Regions
from speechface.evaluation.trace import Trace

MARKS = {
    "inner_lip_upper": 13, "inner_lip_lower": 14, "mouth_corner_left": 291, "mouth_corner_right": 61,
    "nose_base": 2, "chin": 152,
}  # fmt: skip
"""Numbers of MediaPipe's face mesh; left is the person's."""
EYES = (33, 263)
"""Outer corners of the eyes."""
WIDTH = 0.09
"""Metres between them: that of most adults to within a tenth, so that lengths are right to about as much."""
STEADY = 0.2
"""Seconds over which the distance of the eyes is smoothed, by which the size of the face in the picture is known."""


def trace(landmarks: np.ndarray, valid: np.ndarray, fps: float, name: str) -> Trace:
    """The landmarks of the mouth for landmarks (T, 478, 3) in pixels; frames that are not valid (T,) are filled in between.

    Nothing of it can be compared vertex by vertex: a video shows no mesh. Raises `UserError` where under half is valid.
    """
    valid = np.asarray(valid, dtype=bool)
    if landmarks.ndim != 3 or landmarks.shape[1] <= max(*MARKS.values(), *EYES):
        raise UserError(f"{name} holds landmarks {landmarks.shape}, not the 478 of MediaPipe")
    if valid.sum() < max(2, 0.5 * len(valid)):
        raise UserError(f"{name} has a face in {int(valid.sum())} of {len(valid)} frames; half of them are needed")
    wanted = [*MARKS.values(), *EYES]
    seen, frames = np.flatnonzero(valid), np.arange(len(valid))
    flat = landmarks[seen][:, wanted].reshape(len(seen), -1).astype(np.float64)
    points = np.stack([np.interp(frames, seen, curve) for curve in flat.T], axis=1).reshape(len(frames), -1, 3)
    eyes = gaussian_filter1d(np.linalg.norm(points[:, -1] - points[:, -2], axis=-1), STEADY * fps, mode="nearest")
    places = (WIDTH / eyes)[:, None, None] * points[:, : len(MARKS)]
    columns = {mark: column for column, mark in enumerate(MARKS)}
    regions = Regions("landmarks of a video", 478, np.array(list(MARKS.values())), {}, columns)
    return Trace(name, places.astype(np.float32), fps, regions)
