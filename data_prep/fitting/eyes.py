"""Eyes of a track: how open they are, when they blink, and blinks taken out of curves."""

from __future__ import annotations

import numpy as np

from data_prep.fitting.landmarks import LIDS
from data_prep.track import Track
from speechface.animation import Animation

CORNERS = ((33, 133), (263, 362))
"""Outer and inner corner of the right and of the left eye."""
BOARD_LIDS = ("CTRL_L_eye_blink-translateY", "CTRL_R_eye_blink-translateY")
LONGEST = 0.5
"""Seconds within which a blink is over; eyes shut for longer are closed, they do not blink."""
SHUT = 0.55
"""Openness below which an eye is shut."""
CLOSED = 0.25
"""Share of an open eye's aspect ratio that a shut eye still has in landmarks."""


def aspect_ratio(track: Track) -> np.ndarray:
    """(T, 2) height of the left and of the right eye's opening against its width (Soukupova & Cech, 2016)."""
    points = track.landmarks[..., :2]
    out = []
    for side in (1, 0):
        pairs, (outer, inner) = LIDS[3 * side : 3 * side + 3], CORNERS[side]
        height = np.mean([np.linalg.norm(points[:, one] - points[:, other], axis=1) for one, other in pairs], axis=0)
        out.append(height / np.maximum(np.linalg.norm(points[:, outer] - points[:, inner], axis=1), 1e-6))
    return np.stack(out, axis=1).astype(np.float32)


def openness(track: Track) -> np.ndarray:
    """(T, 2) of the left and the right eye: 1 as open as this person's eyes mostly are in this clip, 0 shut.

    What is usual is the 70th percentile of the valid frames: a gaze down and blinks do not lower it.
    """
    ratio = aspect_ratio(track)
    usual = np.percentile(ratio[track.valid] if track.valid.any() else ratio, 70, axis=0)
    return np.clip((ratio / np.maximum(usual, 1e-6) - CLOSED) / (1.0 - CLOSED), 0.0, 1.3).astype(np.float32)


def blinks(track: Track) -> list[tuple[float, float]]:
    """Start and end, in seconds, of every blink: both eyes below `SHUT` on average, for no longer than `LONGEST`."""
    low = np.concatenate([[False], openness(track).mean(axis=1) < SHUT, [False]])
    edges = np.flatnonzero(np.diff(low.astype(int))).reshape(-1, 2)
    return [(start / track.fps, end / track.fps) for start, end in edges if end - start <= LONGEST * track.fps]


def on_board(board: Animation, track: Track) -> Animation:
    """Face-board controls of a clip with blinks as the eyes' aspect ratio shows them.

    In a blink each lid is shut as far as its eye is, or as far as it was, whichever is more; elsewhere nothing changes.
    """
    shut, during = np.clip(1.0 - openness(track), 0.0, 1.0), np.zeros(len(track), dtype=bool)
    for start, end in blinks(track):  # with a frame before and one after, in which lids are on their way
        during[max(round(start * track.fps) - 1, 0) : round(end * track.fps) + 1] = True
    curves = {
        name: np.where(during, np.maximum(board[name], shut[:, column]), board[name]).astype(np.float32)
        for column, name in enumerate(BOARD_LIDS)
    }
    return board.with_curves(curves)


def without_blinks(shut: np.ndarray, fps: float) -> np.ndarray:
    """(T,) how shut an eye is without what comes and goes within half a second: a morphological opening."""
    from scipy.ndimage import grey_opening

    size = 2 * round(0.5 * LONGEST * fps) + 1
    return grey_opening(shut, size=size, mode="nearest").astype(np.float32) if len(shut) > 1 else shut
