"""The tongue: a body swept along a centre line in the middle plane; its muscles bend and stretch that line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from speechface.sculpt.curves import sample
from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.piece import Piece, lattice, make, outward, self_mirrored
from speechface.sculpt.proportions import Proportions


@dataclass(frozen=True)
class Posture:
    """Where the tongue is: centre line (P, 2) of Z and height from root to tip, widening and sideways bend of the tip."""

    line: tuple[tuple[float, float], ...] = ((0.6, -9.2), (1.3, -7.8), (3.2, -7.0), (5.4, -7.05), (7.25, -7.3))
    width: float = 1.0
    thickness: float = 1.0
    sideways: float = 0.0


REST = Posture()
POSTURES = {
    "tongueOut": (
        replace(REST, line=((0.7, -9.2), (1.6, -7.5), (4.0, -6.35), (6.9, -5.80), (9.25, -5.72)), thickness=0.8),
        replace(REST, line=((0.9, -9.2), (2.0, -7.2), (5.0, -6.0), (8.6, -5.55), (11.2, -6.5)), width=0.9, thickness=0.75),
    ),
    "tongueTipUp": (
        replace(REST, line=((0.6, -9.2), (1.4, -7.8), (3.3, -7.0), (5.7, -6.55), (7.65, -6.0)), thickness=0.95),
        replace(REST, line=((0.6, -9.2), (1.4, -7.9), (3.3, -7.1), (5.8, -6.55), (7.70, -4.95)), thickness=0.9),
    ),
    "tongueBackUp": (
        replace(REST, line=((0.6, -9.2), (1.0, -7.3), (2.9, -6.2), (5.2, -6.9), (7.0, -7.4)), width=0.98),
        replace(REST, line=((0.6, -9.2), (0.9, -6.9), (2.6, -5.5), (5.0, -6.75), (6.7, -7.45)), width=0.97),
    ),
    "tongueWide": (replace(REST, width=1.1, thickness=0.9), replace(REST, width=1.2, thickness=0.8)),
    "tongueLeft": (replace(REST, sideways=0.75), replace(REST, sideways=1.5)),
}  # fmt: skip
"""What each tongue control at 0.5 and at 1 makes of it, before the jaw carries it."""


def make_tongue(m: Proportions, density: int) -> Piece:
    """The tongue at rest, symmetric, carried by the jaw; its last vertex is the tip."""
    stations, around = 13 * density, 10 * density
    vertices = sweep(REST, density, m)
    faces = lattice(stations, around, closed=True)
    ring = np.arange(around)
    first = np.stack([np.full(around, stations * around), np.roll(ring, -1), ring], axis=1)
    top = (stations - 1) * around + ring
    last = np.stack([np.full(around, stations * around + 1), top, np.roll(top, -1)], axis=1)
    faces = outward(vertices, np.concatenate([faces, first, last]))
    back = smooth_step((5.0 - vertices[:, 2]) / 4)
    paint = {"flesh": 1.0 - 0.25 * back, "skin": 0.12}
    return self_mirrored(make("tongue", vertices, faces, "jaw", paint, (0.32, 0.04, 0.8)))


def sweep(posture: Posture, density: int, m: Proportions) -> np.ndarray:
    """(N, 3) vertices of the tongue in a posture."""
    stations, around = 13 * density, 10 * density
    line = sample(np.array(posture.line), 101)
    at = 1 - (1 - np.linspace(0.0, 0.99, stations)) ** 1.7
    share = np.linspace(0, 1, 101)
    z, y = (np.interp(at, share, column) for column in line.T)
    dz, dy = (np.interp(at, share, column) for column in np.gradient(line, axis=0).T)
    length = np.hypot(dz, dy)
    dz, dy = dz / length, dy / length
    blunt = np.sqrt(1 - np.clip((at - 0.72) / 0.282, 0.0, 1) ** 2.2)
    wide = posture.width * (1.15 + 0.55 * smooth_step(at / 0.5) - 0.42 * smooth_step((at - 0.5) / 0.5)) * blunt
    thick = posture.thickness * (1.0 - 0.42 * smooth_step((at - 0.3) / 0.65)) * (0.25 + 0.75 * blunt) * 0.62
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    across, high = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.8, np.sin(turn)
    groove = 0.13 * bell(across / 0.22) * (high > 0)
    side = wide[:, None] * across
    lift = thick[:, None] * (high - groove)
    bend = posture.sideways * smooth_step((at - 0.35) / 0.65)[:, None]
    rows = np.stack([side + bend, y[:, None] + lift * dz[:, None], z[:, None] - lift * dy[:, None]], axis=-1)
    ends = np.array([[0.0, y[0], z[0] - 0.1], [bend[-1, 0], line[-1, 1], line[-1, 0]]])
    out = np.concatenate([rows.reshape(-1, 3), ends])
    out[:, 1] += m.mouth_height + 6.15
    return out
