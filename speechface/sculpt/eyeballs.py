"""Eyeballs with iris, pupil and cornea, and the caruncles in their inner corners."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.distance import bell, smooth_step
from speechface.sculpt.eyelids import eye_centre
from speechface.sculpt.piece import Piece, join, lattice, make, outward, reflected
from speechface.sculpt.proportions import Proportions

IRIS_RADIUS = 0.74


def make_eyeballs(m: Proportions, density: int) -> Piece:
    """The left and then the right eyeball; the first vertex of each is the middle of the pupil."""
    around = 32 * density
    polar = np.concatenate(
        [
            np.linspace(0.05, 0.20, 2 * density),
            np.linspace(0.225, 0.46, 6 * density),
            np.linspace(0.475, 0.56, 3 * density),
            np.linspace(0.62, 1.15, 3 * density),
            np.linspace(1.4, 3.0, 4),
        ]
    )
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    a, p = (grid.ravel() for grid in np.meshgrid(polar, angle, indexing="ij"))
    a, p = np.concatenate([[0.0], a]), np.concatenate([[0.0], p])
    edge = np.arcsin(IRIS_RADIUS / m.eyeball_radius)
    radius = m.eyeball_radius + m.cornea_rise * np.clip(1 - (a / (1.15 * edge)) ** 2, 0, 1)
    vertices = radius[:, None] * np.stack([np.sin(a) * np.cos(p), np.sin(a) * np.sin(p), np.cos(a)], axis=1)
    cap = np.stack([np.zeros(around, int), 1 + (np.arange(around) + 1) % around, 1 + np.arange(around)], axis=1)
    faces = np.concatenate([cap, 1 + lattice(len(polar), around, closed=True)])
    faces = outward(vertices, faces)
    left = make("eyes", vertices + eye_centre(m), faces, "eyes", _paint(a / edge, p, vertices), (0.07, 0.045, 0.0))
    return join([left, reflected(left)], pairs=True)


def _paint(out: np.ndarray, angle: np.ndarray, vertices: np.ndarray) -> dict[str, np.ndarray]:
    """Pigments by distance from the pupil's middle in radii of the iris (N,) and angle round it (N,)."""
    streaks = sum(
        w * np.sin(k * angle + phase) for k, w, phase in ((9, 0.5, 1.0), (17, 0.6, 4.0), (23, 0.6, 2.2), (31, 0.7, 5.1))
    )
    light = (0.72 + 0.13 * streaks) * (0.70 + 0.75 * smooth_step((out - 0.35) / 0.4) * smooth_step((1.05 - out) / 0.35))
    light *= 1 + 0.6 * np.clip(-np.sin(angle), -0.6, 1) * smooth_step((out - 0.35) / 0.3)  # light gathers below
    pupil = 1 - smooth_step((out - 0.36) / 0.07)
    white = smooth_step((out - 0.93) / 0.15)
    limbus = 1 - 0.6 * bell((out - 0.97) / 0.09)
    lid = 1 - 0.38 * smooth_step((vertices[:, 1] - 0.2) / 0.55)  # the upper lid's shadow
    veins = 1 - 0.15 * smooth_step((out - 1.5) / 1.2)
    iris = light * (1 - pupil) * (1 - white) * limbus * lid
    return {
        "iris": iris,
        "iris_core": 0.55 * iris * smooth_step((0.66 - out) / 0.2),
        "sclera": white * limbus * lid * veins,
        "blood": 0.10 * white * lid * smooth_step((out - 1.4) / 1.0),
    }


def make_caruncles(m: Proportions) -> Piece:
    """The small pink bodies in the inner corners, and what lines the outer ones, beside the eyeball."""
    start, end = m.inner_canthi / 2, m.inner_canthi / 2 + m.fissure_length
    inner = _lump((0.17, 0.13, 0.16), (start + 0.18, -0.21, m.eyeball_depth + 0.30), {"flesh": 0.9, "skin": 0.25})
    outer = _lump((0.34, 0.30, 0.30), (end - 0.37, 0.06, m.eyeball_depth + 0.02), {"sclera": 0.5, "flesh": 0.36})
    return join([inner, reflected(inner), outer, reflected(outer)], pairs=True)


def _lump(size: tuple, centre: tuple, paint: dict[str, float]) -> Piece:
    """An ellipsoid."""
    polar, angle = np.linspace(0.02, np.pi - 0.02, 8), np.linspace(0, 2 * np.pi, 10, endpoint=False)
    a, p = (grid.ravel() for grid in np.meshgrid(polar, angle, indexing="ij"))
    ball = np.stack([np.sin(a) * np.cos(p), np.sin(a) * np.sin(p), np.cos(a)], axis=1)
    vertices = ball * size + centre
    faces = outward(vertices, lattice(8, 10, closed=True))
    return make("caruncles", vertices, faces, "neck", paint, (0.25, 0.04, 0.8))
