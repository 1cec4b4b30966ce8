"""Stage 2: the landmarks of one face through a clip, at its constant frame rate."""

from __future__ import annotations

import math

import numpy as np

from data_prep.track import LANDMARKS, SHAPES, Track
from data_prep.trackers import Face, Seen, Tracker
from data_prep.video.film import Film, pictures
from data_prep.video.following import Chain, places
from data_prep.video.scan import Scan
from speechface.errors import UserError

LONGEST = 1920
"""Longer side to which larger pictures are made smaller before the mesh is found."""
PRESENT = 0.16
"""Presence from which landmarks are believed."""
HOLE = 0.25
"""Seconds between two pictures of a film over which nothing is interpolated."""
_SAME = 1e-3
_ROUND = 1.5


def track(film: Film, scan: Scan, chain: Chain, start: float, frames: int, fps: float, tracker: Tracker) -> Track:
    """Track one face over `frames` frames from `start` seconds; `UserError` if it is nowhere to be seen.

    Landmarks are found in the film's own pictures and interpolated to the times of the frames, so that no frame comes
    early or late where 30 frames a second become 25.
    """
    times = start + np.arange(frames) / fps
    before, after, share = _neighbours(scan.times, times)
    first, end = int(before[0]), int(after[-1]) + 1
    where = places(chain, scan, first, end)
    wanted = np.unique(np.concatenate([before, after]))
    rows = {int(frame): row for row, frame in enumerate(wanted)}
    landmarks = np.zeros((len(wanted), LANDMARKS, 3), dtype=np.float32)
    scores = np.zeros((len(wanted), len(SHAPES)), dtype=np.float32)
    sure = np.zeros(len(wanted), dtype=np.float32)
    last: Seen | None = None
    for time, picture in pictures(film, float(scan.times[first]), float(scan.times[end - 1]), LONGEST):
        frame = int(np.abs(scan.times[first:end] - time).argmin()) + first
        face = where[frame - first]
        if frame not in rows or face is None or abs(scan.times[frame] - time) > _SAME:
            continue
        scale = film.size[0] / picture.shape[1]
        seen = _seen(picture, face, last, tracker, scale)
        if seen is not None:
            row = rows[frame]
            landmarks[row], scores[row], sure[row] = seen.landmarks, seen.scores, seen.presence * face.score
            last = seen
    if not sure.any():
        raise UserError("no face could be tracked")
    _hold(landmarks, sure > 0)
    _hold(scores, sure > 0)
    one, two = np.searchsorted(wanted, before), np.searchsorted(wanted, after)
    hole = scan.times[after] - scan.times[before] > HOLE
    weight = share[:, None].astype(np.float32)
    return Track(
        landmarks=landmarks[one] * (1 - weight[..., None]) + landmarks[two] * weight[..., None],
        scores=scores[one] * (1 - weight) + scores[two] * weight,
        confidence=np.minimum(sure[one], sure[two]),
        valid=(sure[one] > 0) & (sure[two] > 0) & ~hole,
        size=film.size,
        fps=fps,
    )


def _neighbours(film: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The frames of a film before and after each time, and how far it is from the one to the other, 0..1."""
    before = np.clip(np.searchsorted(film, times + _SAME, side="right") - 1, 0, len(film) - 1)
    after = np.minimum(before + 1, len(film) - 1)
    length = np.maximum(film[after] - film[before], 1e-9)
    share = np.clip((times - film[before]) / length, 0.0, 1.0)
    near = (times - film[before] < _SAME) | (after == before)
    return before, np.where(near, before, after), np.where(near, 0.0, share)


def _seen(picture: np.ndarray, face: Face, last: Seen | None, tracker: Tracker, scale: float) -> Seen | None:
    """The face at a place or, where that fails, where it was in the picture before; in pixels of the film."""
    for place in (face, None if last is None else _round(last.landmarks, face.score * 0.7)):
        if place is None:
            continue
        seen = tracker.look(picture, Face(place.centre / scale, place.side / scale, place.angle, place.score))
        if seen is not None and seen.presence > PRESENT:
            return Seen(seen.landmarks * np.float32(scale), seen.scores, seen.presence)
    return None


def _round(landmarks: np.ndarray, score: float) -> Face:
    """The upright square round landmarks, as MediaPipe puts it."""
    eyes = landmarks[263, :2] - landmarks[33, :2]
    angle = math.atan2(eyes[1], eyes[0])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    upright = landmarks[:, :2] @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    return Face(turn @ ((low + high) / 2), _ROUND * float((high - low).max()), angle, score)


def _hold(rows: np.ndarray, good: np.ndarray) -> None:
    """Put the nearest good row where there is none."""
    at = np.flatnonzero(good)
    for row in np.flatnonzero(~good):
        rows[row] = rows[at[np.abs(at - row).argmin()]]
