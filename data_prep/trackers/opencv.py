"""MediaPipe's Face Landmarker, run by OpenCV: nothing to install, nothing of the system's. The default.

The model file is a zip of three nets: a detector (BlazeFace, 128 x 128, 896 anchors), the face mesh (256 x 256, 478
landmarks) and the blendshapes (146 landmarks, 52 scores). What goes on round them is written after the description of
MediaPipe's graphs (Apache-2.0): face_detection_short_range, face_landmarks_detector_graph, face_blendshapes_graph.
"""

from __future__ import annotations

import math
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.track import LANDMARKS, SHAPES
from data_prep.trackers import Face, Seen
from speechface.errors import UserError

_NETS = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")
_DETECTED, _MESH = 128, 256
"""Sides of the squares that the nets look at."""
SURE = 0.5
"""Score from which a detected face is one."""
OVERLAP = 0.3
"""Overlap from which two detections are one face."""
ROUND = 1.5
"""Side of the square that the mesh is found in, against that of the detection."""
_CLEAR = 25.0
"""What the mesh's presence is at most, before the sigmoid. A face that is all to be seen has 17 to 24, one with something
before mouth or eyes 3 less than without, one half hidden 9 to 14, one that is blurred beyond use under 6 (five clips of
GRID, painted over); after the sigmoid all of them would be 1."""
_NAMES = ("_neutral", *sorted(set(SHAPES) - {"tongueOut"}))
_ORDER = np.array([_NAMES.index(name) if name in _NAMES else -1 for name in SHAPES])
_BLENDSHAPES_SEE = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81, 82,
    84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157,
    158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270,
    276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334,
    336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398,
    400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
])  # fmt: skip


class OpenCV:
    """The three nets."""

    def __init__(self, detector: Any, mesh: Any, blendshapes: Any) -> None:
        self.detector, self.mesh, self.blendshapes = detector, mesh, blendshapes
        self.anchors = _anchors()

    def faces(self, picture: np.ndarray) -> list[Face]:
        """Faces of a sixth of the longer side of the picture or more."""
        import cv2

        square, scale, corner = _letterbox(picture)
        self.detector.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, (_DETECTED, _DETECTED), (127.5,) * 3))
        boxes, logits = sorted(self.detector.forward(["regressors", "classificators"]), key=lambda out: -out.size)
        scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1).astype(np.float64), -50, 50)))
        sure = scores > SURE
        # A row is centre, size, and six points of which the first two are the eyes.
        points = boxes.reshape(-1, 8, 2)[sure]
        points[:, [0, *range(2, 8)]] += _DETECTED * self.anchors[sure, None]
        return [_face(*one) for one in _merged(scores[sure], points, scale, corner)]

    def look(self, picture: np.ndarray, face: Face) -> Seen | None:
        """Landmarks and scores; None where the picture is empty."""
        import cv2

        to_picture = _placement(face)
        half = np.array([0.5, 0.5])  # OpenCV counts from the middle of the first pixel, we from its corner
        warp = np.column_stack([to_picture[:, :2], to_picture[:, 2] + to_picture[:, :2] @ half - half])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        square = cv2.warpAffine(picture, warp, (_MESH, _MESH), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        self.mesh.setInput(cv2.dnn.blobFromImage(square, 1 / 255, (_MESH, _MESH)))
        mesh, presence = self.mesh.forward(["Identity", "Identity_1"])
        mesh = mesh.reshape(LANDMARKS, 3)
        flat = mesh[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        landmarks = np.column_stack([flat, mesh[:, 2] * face.side / _MESH]).astype(np.float32)
        self.blendshapes.setInput(landmarks[None, _BLENDSHAPES_SEE, :2])
        scores = np.append(self.blendshapes.forward().ravel(), 0)[_ORDER]
        sure = float(np.clip(presence.ravel()[0] / _CLEAR, 0, 1))
        return Seen(landmarks, np.clip(scores, 0, 1).astype(np.float32), sure)


def load(model: Path) -> OpenCV:
    """The tracker; `UserError` if the file is not the Face Landmarker's, or OpenCV too old to read it."""
    import cv2

    engine = [cv2.dnn.ENGINE_CLASSIC] if hasattr(cv2.dnn, "ENGINE_CLASSIC") else []
    # From files, because OpenCV 5.0 forgets which engine was asked for when it reads from memory.
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(model) as archive:
                files = [archive.extract(name, folder) for name in _NETS]
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(f"{model} is not the model file of MediaPipe's Face Landmarker ({error})") from None
        try:
            return OpenCV(*(cv2.dnn.readNetFromTFLite(file, *engine) for file in files))
        except cv2.error:
            raise UserError(
                f"OpenCV {cv2.__version__} cannot read the face model: pip install 'opencv-python-headless>=5'"
            ) from None


def _anchors() -> np.ndarray:
    """(896, 2) where the detector's answers are counted from, 0..1: 2 in each of 16 x 16 cells, then 6 in each of 8 x 8."""
    found = []
    for cells, each in ((16, 2), (8, 6)):
        middle = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        found.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(found)


def _letterbox(picture: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """The picture in a black square of 128, the scale of it, and where its corner lies."""
    import cv2

    height, width = picture.shape[:2]
    scale = _DETECTED / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    left, top = (_DETECTED - size[0]) // 2, (_DETECTED - size[1]) // 2
    square = np.zeros((_DETECTED, _DETECTED, 3), dtype=np.uint8)
    square[top : top + size[1], left : left + size[0]] = small
    return square, scale, np.array([left, top])


def _merged(scores: np.ndarray, points: np.ndarray, scale: float, corner: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """Detections that overlap become one, weighted by their scores; points (8, 2) are now in pixels of the picture."""
    found = []
    left = np.argsort(-scores)
    while len(left):
        best = left[0]
        same = np.array([_overlap(points[best], points[other]) > OVERLAP for other in left])
        same[0] = True
        one = np.average(points[left[same]], axis=0, weights=scores[left[same]])
        one[1] += corner  # a size has no place
        found.append((float(scores[best]), (one - corner) / scale))
        left = left[~same]
    return found


def _overlap(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union of two boxes, rows centre and size."""
    low = np.maximum(one[0] - one[1] / 2, two[0] - two[1] / 2)
    high = np.minimum(one[0] + one[1] / 2, two[0] + two[1] / 2)
    shared = np.prod(np.maximum(high - low, 0))
    return float(shared / max(np.prod(one[1]) + np.prod(two[1]) - shared, 1e-9))


def _face(score: float, points: np.ndarray) -> Face:
    eyes = points[3] - points[2]
    return Face(points[0], ROUND * float(points[1].max()), math.atan2(eyes[1], eyes[0]), score)


def _placement(face: Face) -> np.ndarray:
    """(2, 3) from the mesh's square of 256 to the picture."""
    cosine, sine = math.cos(face.angle), math.sin(face.angle)
    turn = np.array([[cosine, -sine], [sine, cosine]]) * face.side / _MESH
    return np.column_stack([turn, face.centre - turn @ np.full(2, _MESH / 2)])
