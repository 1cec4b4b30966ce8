"""Muscles of the eyelids: lids turn about the eyeball, as the real ones do, and never sink into the cornea."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.canvas import Canvas
from speechface.sculpt.distance import smooth_step

MEETING = 0.14
"""Where closed lids meet: share of the way from the lower to the upper lid."""

GAZE_YAW, GAZE_PITCH = np.radians(28.0), np.radians(24.0)
"""Rotation of the eyeball (radians) for a gaze control at 1, sideways and up or down."""


def lid_angles(c: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Angles (V,) above the horizontal, seen from the eye's centre, of the upper and lower lid's edge in each column."""
    lids = c.skin.lids
    rim = int(np.flatnonzero(lids.rings.inside == 1)[0]) - 1
    angle, across = [], []
    for edge in (lids.upper_edge, lids.lower_edge):
        points = c.skin.vertices[edge]
        angle.append(np.arctan2(points[:, 1] - c.eye[1], points[:, 2] - c.eye[2]))
        across.append(points[:, 0])
    at = np.full(c.skin.count, c.eye[0])
    rows = lids.rings.ids
    at[rows] = c.skin.vertices[rows[rim], 0]
    return np.interp(at, across[0], angle[0]), np.interp(at, across[1], angle[1])


def opening(c: Canvas) -> tuple[np.ndarray, float]:
    """(V,) how wide the eye is open in each column of the lids against its widest place, and that widest angle."""
    top, bottom = lid_angles(c)
    widest = float((top - bottom).max())
    return np.clip((top - bottom) / widest, 0.0, 1.0), widest


def pull_lids(c: Canvas, upper: float, lower: float) -> np.ndarray:
    """(V, 3) the left lids moved up by shares of the eye's opening; shares that sum to less than 1 never cross the lids."""
    share, widest = opening(c)
    return turn_lids(c, upper * widest * share, lower * widest * share)


def turn_lids(c: Canvas, upper: np.ndarray | float, lower: np.ndarray | float) -> np.ndarray:
    """(V, 3) the left eye's lids turned up by angles (V,) in radians at their edges, fading out towards the face."""
    ids = np.unique(c.skin.lids.rings.ids)
    m = c.skin.field.proportions
    out, under, is_upper = c.lid_out[ids], c.lid_under[ids], c.lid_upper[ids] > 0.5
    turn = np.where(is_upper, np.broadcast_to(upper, c.skin.count)[ids], np.broadcast_to(lower, c.skin.count)[ids])
    turn = turn * (1 - smooth_step(out / np.where(is_upper, 0.52, 0.56)))
    turn = turn * np.array([1.0, 1.0, 1.0, 0.75, 0.4])[under]
    rest = c.skin.vertices[ids] - c.eye
    angle, radius = np.arctan2(rest[:, 1], rest[:, 2]) + turn, np.hypot(rest[:, 1], rest[:, 2])
    ball = m.eyeball_radius + m.lid_thickness + 0.02
    over = np.sqrt(np.maximum(ball**2 - rest[:, 0] ** 2, 0.2))
    move = np.clip(np.abs(turn) / 0.1, 0, 1)
    free = (under == 0) & (out < 0.5)
    radius = np.where(free, np.maximum(radius, radius * (1 - move) + np.minimum(over, radius + 0.25) * move), radius)
    moved = np.stack([rest[:, 0], radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    deltas = np.zeros((c.skin.count, 3))
    deltas[ids] = moved - rest
    return deltas


def blink(c: Canvas, amount: float) -> np.ndarray:
    """(V, 3) the left lids closed by an amount, 1 shut, as the true rotation (not linear in `amount`)."""
    top, bottom = lid_angles(c)
    shut = turn_lids(c, amount * (bottom - top) * (1 - MEETING), amount * (top - bottom) * MEETING)
    fold = c.bump((3.2, 1.55, 7.6), (1.6, 0.6, 2.0), (0, -0.10, 0), (c.lid_out > 0.45) & (c.x > 0))
    return shut + amount * fold


def lid_shapes(c: Canvas) -> dict[str, np.ndarray]:
    """What every lid and gaze control of the left eye at 1 does to the lids (V, 3); gaze also turns the eye's joint."""
    left = c.x > 0
    face = left & (c.lid_out > 0.3) & ~c.in_mouth
    # what closes the eye sums to less than 1, here and in brows, cheeks and smile
    shapes = {
        "eyeWide": pull_lids(c, 0.21, -0.05),
        "eyeSquint": pull_lids(c, -0.12, 0.21),
        "eyeLookUp": pull_lids(c, 0.17, 0.06),
        "eyeLookDown": pull_lids(c, -0.33, -0.10),
        "eyeLookIn": pull_lids(c, 0.0, 0.0),
        "eyeLookOut": pull_lids(c, 0.0, 0.0),
    }
    shapes["eyeWide"] += c.bump((3.3, 1.7, 7.6), (1.8, 0.9, 2), (0, 0.14, 0), left & (c.lid_out > 0.45))
    shapes["eyeSquint"] += c.bump((3.6, -1.5, 7.0), (1.9, 0.8, 2), (0, 0.26, 0.10), face)
    return {f"{name}Left": deltas for name, deltas in shapes.items()}
