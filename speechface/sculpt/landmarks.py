"""Named points of the face as vertices of the mesh: the 68 of iBUG (Sagonas et al., 2013) and those of the project."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from speechface.sculpt.brows import brow_curve
from speechface.sculpt.canvas import Canvas


def skin_landmarks(c: Canvas) -> dict[str, int]:
    """Names and vertices of the skin; points of the 68 are counted on the character's left and mirrored to the right."""
    points = _jaw(c) | _brows(c) | _nose(c) | _eyes(c) | _lips(c)
    out = {f"lm68_{number:02d}": int(points[number]) for number in sorted(points)}
    lips, half = c.skin.lips, len(c.skin.lips.arc) // 2
    out |= {
        "inner_lip_upper": int(lips.contact[-1]),
        "inner_lip_lower": int(lips.contact[0]),
        "mouth_corner_left": int(lips.contact[half]),
        "mouth_corner_right": int(c.skin.mirror[lips.contact[half]]),
        "nose_tip": out["lm68_30"],
        "chin": out["lm68_08"],
        "inner_brow_left": out["lm68_22"],
        "outer_brow_left": out["lm68_26"],
        "inner_brow_right": out["lm68_21"],
        "outer_brow_right": out["lm68_17"],
    }
    for name, edge in (("upper_lid", c.skin.lids.upper_edge), ("lower_lid", c.skin.lids.lower_edge)):
        vertex = edge[np.abs(c.x[edge] - c.eye[0]).argmin()]
        out[f"{name}_left"], out[f"{name}_right"] = int(vertex), int(c.skin.mirror[vertex])
    return out


def _nearest(c: Canvas, points: np.ndarray) -> np.ndarray:
    """(N,) vertices of the face, off the lips and lids, next to points (N, 3)."""
    face = np.flatnonzero(~c.in_mouth & (c.lid_out > 0.7))
    return face[cKDTree(c.skin.vertices[face]).query(points)[1]]


def _profile(c: Canvas, heights: np.ndarray) -> np.ndarray:
    """(N,) vertices of the middle line of the face next to heights (N,), the foremost ones."""
    middle = np.flatnonzero((c.skin.mirror == np.arange(c.skin.count)) & ~c.in_mouth & (c.z > 5))
    far = np.abs(c.y[middle] - np.asarray(heights)[:, None]) - 0.15 * c.z[middle]
    return middle[far.argmin(axis=1)]


def _both(c: Canvas, left: dict[int, int], twin: dict[int, int]) -> dict[int, int]:
    """Points of the left side and their twins on the right."""
    return left | {twin[number]: int(c.skin.mirror[vertex]) for number, vertex in left.items()}


def _jaw(c: Canvas) -> dict[int, int]:
    """0-16: two points beside the ear, then round the jaw bone, seen from the bone outwards and down."""
    field = c.skin.field
    bone = field.mandible(25)[[3, 7, 11, 14, 17, 20, 24], :3]
    out = bone - (0, 0, 2.5)
    out[:, 1] = np.linspace(-0.4, -1.0, len(out)) * np.hypot(out[:, 0], out[:, 2])
    round_jaw = field.cast(bone, out / np.linalg.norm(out, axis=1, keepdims=True), start=6.0)
    angle = np.radians([82, 80])
    beside = field.cast(
        np.array([[0, -0.3, 0], [0, -2.3, 0]]), np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    )
    vertices = _nearest(c, np.concatenate([beside, round_jaw]))
    left = {16 - number: int(vertex) for number, vertex in enumerate(vertices[:-1])}
    middle = np.flatnonzero(c.skin.mirror == np.arange(c.skin.count))
    chin = middle[np.linalg.norm(c.skin.vertices[middle] - round_jaw[-1], axis=1).argmin()]
    return _both(c, left, {number: 16 - number for number in left}) | {8: int(chin)}


def _brows(c: Canvas) -> dict[int, int]:
    """17-26."""
    curve = brow_curve(c.skin.field.proportions)[np.linspace(6, 194, 5).astype(int)]
    vertices = _nearest(c, np.column_stack([curve, c.skin.field.depth(*curve.T)]))
    left = {22 + number: int(vertex) for number, vertex in enumerate(vertices)}
    return _both(c, left, {number: 43 - number for number in left})


def _nose(c: Canvas) -> dict[int, int]:
    """27-35."""
    m = c.skin.field.proportions
    ridge = _profile(c, np.linspace(m.nasion_height, m.nose_tip_height, 4))
    base = _profile(c, np.array([m.nose_base_height]))[0]
    wing = _nearest(
        c, np.array([[0.75, m.nose_base_height, 9.5], [m.nose_breadth / 2 - 0.25, m.nose_base_height + 0.25, 9.2]])
    )
    sides = _both(c, {34: int(wing[0]), 35: int(wing[1])}, {34: 32, 35: 31})
    return {27 + number: int(vertex) for number, vertex in enumerate(ridge)} | {33: int(base)} | sides


def _eyes(c: Canvas) -> dict[int, int]:
    """36-47."""
    lids = c.skin.lids
    third = (len(lids.upper_edge) - 1) / 3
    left = {42 + k: int(lids.upper_edge[round(third * k)]) for k in range(4)}
    left |= {48 - k: int(lids.lower_edge[round(third * k)]) for k in (1, 2)}
    return _both(c, left, {42: 39, 43: 38, 44: 37, 45: 36, 46: 41, 47: 40})


def _lips(c: Canvas) -> dict[int, int]:
    """48-67: from the corner (share 0 of the half lip) to the middle (share 1)."""
    lips, half = c.skin.lips, len(c.skin.lips.arc) // 2

    def upper(row: np.ndarray, share: float) -> int:
        return int(row[half + round(share * half)])

    def lower(row: np.ndarray, share: float) -> int:
        return int(row[half - round(share * half)])

    outer = {54: upper(lips.border, 0), 53: upper(lips.border, 1 / 3), 52: upper(lips.border, 0.78)}
    outer |= {51: upper(lips.border, 1), 57: lower(lips.border, 1), 56: lower(lips.border, 2 / 3)}
    outer[55] = lower(lips.border, 1 / 3)
    inner = {64: upper(lips.contact, 0), 63: upper(lips.contact, 0.5), 62: upper(lips.contact, 1)}
    inner |= {66: lower(lips.contact, 1), 65: lower(lips.contact, 0.5)}
    twins = {number: 102 - number for number in range(51, 55)} | {number: 114 - number for number in range(55, 58)}
    twins |= {number: 124 - number for number in range(62, 65)} | {65: 67, 66: 66}
    return _both(c, outer | inner, twins)
