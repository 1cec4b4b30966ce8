"""MediaPipe's own runtime, where it is installed (see docs/video.md before you do): the same nets, for comparison."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.track import LANDMARKS, SHAPES
from data_prep.trackers import Face, Seen
from speechface.errors import UserError

_FACES = 4
"""Most faces that are looked for in a picture."""
_ROUND = 1.5
_WIDER = 1.2
"""Side of the picture that MediaPipe gets against that of a face, because it looks for the face again."""


class MediaPipe:
    """One landmarker for whole pictures and one for a face alone."""

    def __init__(self, many: Any, one: Any) -> None:
        self.many, self.one = many, one

    def faces(self, picture: np.ndarray) -> list[Face]:
        """Faces that have landmarks."""
        found = _points(self.many.detect(_image(picture)), picture.shape)
        return [_round(points) for points in found]

    def look(self, picture: np.ndarray, face: Face) -> Seen | None:
        """Landmarks and scores, found in a cut-out round the face."""
        low = np.floor(face.centre - face.side * _WIDER / 2).astype(int)
        high = np.ceil(face.centre + face.side * _WIDER / 2).astype(int)
        height, width = picture.shape[:2]
        (left, top), (right, bottom) = np.maximum(low, 0), np.minimum(high, [width, height])
        if right - left < 8 or bottom - top < 8:
            return None
        part = picture[top:bottom, left:right]
        result = self.one.detect(_image(part))
        if not result.face_landmarks:
            return None
        landmarks = _points(result, part.shape)[0] + np.array([left, top, 0])
        known = {shape.category_name: shape.score for shape in result.face_blendshapes[0]}
        scores = np.array([known.get(name, 0.0) for name in SHAPES], dtype=np.float32)
        return Seen(landmarks.astype(np.float32), scores, 1.0)


def load(model: Path) -> MediaPipe:
    """The tracker; `UserError` if mediapipe is not installed."""
    if not find_spec("mediapipe"):
        raise UserError("mediapipe is not installed; use --tracker opencv, or see docs/video.md")
    from mediapipe.tasks.python import BaseOptions, vision

    def landmarker(faces: int, scores: bool) -> Any:
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)), num_faces=faces, output_face_blendshapes=scores
        )
        return vision.FaceLandmarker.create_from_options(options)

    return MediaPipe(landmarker(_FACES, False), landmarker(1, True))


def _image(picture: np.ndarray) -> Any:
    import mediapipe

    # Without the copy a picture whose rows are padded (PyAV's are) is read askew, and no face is found.
    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture))


def _points(result: Any, shape: tuple[int, ...]) -> list[np.ndarray]:
    """(478, 3) pixels of each face."""
    size = np.array([shape[1], shape[0], shape[1]])
    found = [np.array([[p.x, p.y, p.z] for p in points]) * size for points in result.face_landmarks]
    return [points for points in found if len(points) == LANDMARKS]


def _round(points: np.ndarray) -> Face:
    """The upright square round landmarks."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    eyes = points[263, :2] - points[33, :2]
    return Face((low + high) / 2, _ROUND * float((high - low).max()), math.atan2(eyes[1], eyes[0]), 1.0)
