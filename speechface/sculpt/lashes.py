"""Eyelashes, rooted on the lids' margins."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.eyelids import eye_centre
from speechface.sculpt.piece import Piece, join, make, reflected, ribbons
from speechface.sculpt.skin import Skin

STEPS = 5


def make_lashes(skin: Skin, density: int) -> Piece:
    """Upper and lower lashes of both eyes."""
    rng = np.random.default_rng(2)
    lids = skin.lids
    rows = lids.rings.ids
    rim = int(np.flatnonzero(lids.rings.inside == 1)[0]) - 1
    column = {int(vertex): number for number, vertex in enumerate(rows[rim])}
    lefts = []
    for upper, edge, count in ((True, lids.upper_edge, 22 * density), (False, lids.lower_edge, 14 * density)):
        columns = [column[int(vertex)] for vertex in edge]
        margin = 0.55 * skin.vertices[edge] + 0.45 * skin.vertices[rows[rim + 1, columns]]
        outer = skin.vertices[rows[rim - 2, columns]]
        lefts.append(_row(margin, outer, upper, count, eye_centre(skin.field.proportions), rng))
    left = join(lefts)
    return join([left, reflected(left)], pairs=True)


def _row(
    margin: np.ndarray, outer: np.ndarray, upper: bool, count: int, centre: np.ndarray, rng: np.random.Generator
) -> Piece:
    share = np.linspace(0.10 if upper else 0.18, 0.985, count) + rng.uniform(-0.006, 0.006, count)
    knots = np.linspace(0, 1, len(margin))

    def at(rows: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(share, knots, column) for column in rows.T], axis=1)

    root = at(margin)
    out = _unit(root - centre)
    lid = at(outer) - root
    lid = _unit(lid - out * np.sum(out * lid, axis=1, keepdims=True))
    fan = np.interp(share, [0, 0.4, 1], [-0.45, 0.08, 0.95])[:, None] * np.array([1.0, 0, 0])
    longest = 0.46 if upper else 0.17
    length = (
        longest
        * (0.42 + 0.58 * np.sin(np.pi * np.minimum(share**1.25, 1)) ** 0.7 + 0.28 * share * upper)
        * rng.uniform(0.85, 1.1, count)
    )
    first = 0.9 * out + (-0.10 if upper else 0.10) * lid + 0.5 * fan
    last = 0.35 * out + (1.0 if upper else 0.8) * lid + 0.55 * fan
    aside = _unit(np.cross(first, lid))
    point, rows = root, []
    for step in range(STEPS):
        s = step / (STEPS - 1)
        wide = (0.024 if upper else 0.009) * (1 - s) ** 0.7 + 0.002
        rows.append(np.stack([point - aside * wide, point + aside * wide], axis=1))
        point = point + _unit(first * (1 - s) + last * s) * (length / (STEPS - 1))[:, None]
    vertices = np.stack(rows, axis=1).reshape(-1, 3)
    foot = np.arange(len(vertices)) // (2 * STEPS) * (2 * STEPS)
    return make("lashes", vertices, ribbons(count, STEPS), "skin", {"lash": 1.0}, (0.6, 0.02, 0.0), foot)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
