"""Looking through a film once, small: where the picture jumps, and where faces are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_prep.trackers import Face, Tracker
from data_prep.video.film import Film, pictures
from speechface.files import writing

_LONGEST = 512
"""Longer side of the pictures that faces are looked for in."""
_THUMB = (48, 27)
_EVERY = 5
"""Of so many frames in which no face is found, one is searched piece by piece."""


@dataclass(frozen=True, eq=False)
class Scan:
    """A film of N frames in which M faces were seen.

    times: (N,) seconds. jumps: (N,) mean difference to the picture before, 0..1. frame: (M,) the frame a face is in,
    increasing. faces: (M, 5) centre x, y, side (pixels of the film), angle (radians), score.
    """

    times: np.ndarray
    jumps: np.ndarray
    frame: np.ndarray
    faces: np.ndarray

    def save(self, path: Path) -> None:
        """Write one `.npz`."""
        with writing(path) as part, open(part, "wb") as file:
            np.savez_compressed(
                file, allow_pickle=False, times=self.times, jumps=self.jumps, frame=self.frame, faces=self.faces
            )

    @staticmethod
    def load(path: Path) -> Scan:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            return Scan(data["times"], data["jumps"], data["frame"], data["faces"])


def scan(film: Film, tracker: Tracker) -> Scan:
    """Look through a film; `UserError` if it cannot be read."""
    times: list[float] = []
    jumps: list[float] = []
    frames: list[int] = []
    faces: list[tuple[float, ...]] = []
    scale = max(1.0, max(film.size) / _LONGEST)
    before: np.ndarray | None = None
    last: Face | None = None
    missed = 0
    for number, (time, picture) in enumerate(pictures(film, longest=_LONGEST)):
        thumb = _thumb(picture)
        times.append(time)
        jumps.append(0.0 if before is None else float(np.abs(thumb - before).mean()))
        before = thumb
        found = tracker.faces(picture)
        if not found:
            found = _closer(picture, last, tracker, piecewise=missed % _EVERY == 0)
        missed = 0 if found else missed + 1
        last = max(found, key=lambda face: face.side, default=last)
        for face in found:
            frames.append(number)
            faces.append((*(face.centre * scale), face.side * scale, face.angle, face.score))
    return Scan(
        np.array(times), np.array(jumps), np.array(frames, dtype=int), np.array(faces, dtype=np.float32).reshape(-1, 5)
    )


def _thumb(picture: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _closer(picture: np.ndarray, last: Face | None, tracker: Tracker, piecewise: bool) -> list[Face]:
    """Faces that are missed in the whole picture: round the last place, or in pieces of half its size.

    The detector sees 128 x 128 pixels and misses faces under a sixth of the picture, and some that are turned away.
    """
    height, width = picture.shape[:2]
    if last is not None:
        side = int(2.0 * last.side)
        corner = np.maximum(last.centre - side / 2, 0).astype(int)
        if found := _in_piece(picture, corner, side, tracker):
            return found
    if not piecewise:
        return []
    side = int(max(min(height, width) * 0.6, max(height, width) * 0.4))
    found = []
    for top in np.unique(np.linspace(0, max(0, height - side), 2 if height <= width else 3).astype(int)):
        for left in np.unique(np.linspace(0, max(0, width - side), 3 if height <= width else 2).astype(int)):
            for face in _in_piece(picture, np.array([left, top]), side, tracker):
                if all(np.hypot(*(face.centre - other.centre)) > 0.3 * face.side for other in found):
                    found.append(face)
    return found


def _in_piece(picture: np.ndarray, corner: np.ndarray, side: int, tracker: Tracker) -> list[Face]:
    left, top = corner
    piece = np.ascontiguousarray(picture[top : top + side, left : left + side])
    if min(piece.shape[:2]) < 24:
        return []
    return [Face(face.centre + corner, face.side, face.angle, face.score) for face in tracker.faces(piece)]
