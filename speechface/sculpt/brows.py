"""Eyebrows: strands laid along a designed curve on the skin."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.curves import sample, tangents
from speechface.sculpt.distance import smooth_step
from speechface.sculpt.field import Field
from speechface.sculpt.piece import Piece, join, make, reflected, ribbons
from speechface.sculpt.proportions import Proportions

SHAPE = ((1.30, -0.42), (1.85, -0.12), (2.85, 0.25), (3.75, 0.40), (4.55, 0.17), (5.2, -0.32))
"""Middle line from the inner to the outer end: cm from the midline, cm above the height of the brow."""

BREADTH = ((0, 0.08, 0.3, 0.6, 0.85, 1), (0.15, 0.29, 0.30, 0.24, 0.13, 0.03))
"""Half the brow's breadth (cm) at shares of its length."""

STEPS = 5


def brow_curve(m: Proportions, count: int = 200) -> np.ndarray:
    """(count, 2) X, Y along the middle of the left brow."""
    return sample(np.array(SHAPE), count) + (0, m.brow_height)


def make_brows(field: Field, density: int) -> Piece:
    """Both brows."""
    rng = np.random.default_rng(1)
    count = 70 * density
    curve = brow_curve(field.proportions)
    along = tangents(curve)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    start = np.clip(rng.permutation((np.arange(count) + rng.random(count)) / count) ** 0.92, 0.0, 0.96)
    side = rng.uniform(-1, 1, count)
    at = (start * (len(curve) - 1)).astype(int)
    root = curve[at] + across[at] * (side * np.interp(start, *BREADTH) * 0.85)[:, None]
    length = np.interp(start, [0, 0.15, 0.6, 1], [0.42, 0.56, 0.58, 0.34]) * rng.uniform(0.8, 1.2, count)
    angle = np.interp(start, [0, 0.12, 0.35, 0.7, 1], [66, 46, 24, 5, 0]) - 14 * side + rng.uniform(-5, 5, count)
    places = [root]
    for step in range(1, STEPS):
        bend = np.radians(angle * (1 - 0.6 * step / (STEPS - 1)))[:, None]
        way = along[at] * np.cos(bend) + across[at] * np.sin(bend)
        places.append(places[-1] + way * (length / (STEPS - 1))[:, None])
    path = np.stack(places, axis=1)
    flat = path.reshape(-1, 2)
    points = np.column_stack([flat, field.depth(*flat.T)])
    normal = field.gradient(points)
    share = np.tile(np.linspace(0, 1, STEPS), count)
    points += normal * (0.012 + 0.055 * np.sin(np.pi * share))[:, None]
    forward = tangents(path.transpose(1, 0, 2)).transpose(1, 0, 2).reshape(-1, 2)
    aside = np.column_stack([-forward[:, 1], forward[:, 0], np.zeros(len(forward))])
    aside -= normal * np.sum(aside * normal, axis=1, keepdims=True)
    thick = 0.062 / density**0.6 * np.sin(np.pi * (0.16 + 0.80 * share))[:, None]
    vertices = np.stack([points - aside * thick, points + aside * thick], axis=1).reshape(-1, 3)
    shade = np.repeat(rng.uniform(0.9, 1.7, count), STEPS * 2)
    left = make("brows", vertices, ribbons(count, STEPS), "skin", {"brow": shade}, (0.55, 0.03, 0.1))
    return join([left, reflected(left)], pairs=True)


def brow_shadow(m: Proportions, points: np.ndarray) -> np.ndarray:
    """(N,) how much of the brow's colour shows on the skin at points (N, 3)."""
    curve = brow_curve(m, 80)
    flat = np.abs(points[:, :2] * (1, 0)) + points[:, :2] * (0, 1)
    gap = np.linalg.norm(flat[:, None] - curve[None], axis=2)
    nearest = gap.argmin(axis=1)
    breadth = np.interp(nearest / (len(curve) - 1), *BREADTH) * 1.15
    return smooth_step(1.15 - gap.min(axis=1) / breadth) * (points[:, 2] > 3)
