"""The collar and the slope of the shoulders in which the neck ends."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.distance import smooth_step
from speechface.sculpt.piece import Piece, lattice, make, self_mirrored

PROFILE = (
    # half breadth, height (cm)
    (5.10, -15.6), (5.20, -14.75), (5.42, -14.45), (5.68, -14.42), (5.90, -14.7), (5.98, -15.3), (6.15, -16.1), (6.9, -17.0),
    (8.6, -17.9), (11.0, -18.8), (13.2, -20.0), (14.4, -21.6), (14.8, -24.0),
)  # fmt: skip


def make_collar(density: int) -> Piece:
    """A knitted collar, symmetric, carried by the shoulders (the root)."""
    around = 40 * density
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    rows = []
    for wide, height in PROFILE:
        shoulder = smooth_step((wide - 5.9) / 6)
        deep = wide * (0.98 - 0.40 * shoulder)
        middle = -2.35 - 0.14 * (-13.4 - height)
        front = -0.75 * np.cos(turn) * (1 - shoulder)  # lower in front
        rows.append(np.stack([wide * np.sin(turn), height + front, middle + deep * np.cos(turn)], axis=1))
    vertices = np.concatenate(rows)
    faces = lattice(len(PROFILE), around, closed=True)
    a, b, c = vertices[faces].transpose(1, 0, 2)
    sky = np.cross(b - a, c - a)[-around:]
    if np.sum(sky * ((a + b + c) / 3 - (0, -20, -3))[-around:]) < 0:
        faces = faces[:, ::-1]
    rib = (
        1
        - 0.25
        * (np.arange(len(PROFILE)) < 6).repeat(around)
        * (0.5 + 0.5 * np.cos(turn * around / 4)).reshape(1, -1).repeat(len(PROFILE), 0).ravel()
    )
    return self_mirrored(make("collar", vertices, faces, "root", {"cloth": rib}, (0.85, 0.03, 0.0)))
