"""Baked ambient occlusion: how much of the sky every vertex sees, by depth maps from many directions."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter

from speechface.sculpt.skin import normals_of

SIZE = 200


def occlusion(vertices: np.ndarray, faces: np.ndarray, directions: int = 144, bias: float = 0.25) -> np.ndarray:
    """(V,) cosine-weighted share of the sky that is open, 1 where nothing is in the way; lengths in cm."""
    normals = normals_of(vertices, faces)
    samples = np.concatenate(
        [vertices, vertices[faces].mean(axis=1)] + [vertices[faces[:, [k, (k + 1) % 3]]].mean(axis=1) for k in range(3)]
    )
    seen, total = np.zeros(len(vertices)), np.zeros(len(vertices))
    for way in _sphere(directions):
        facing = np.maximum(normals @ way, 0.0)
        aside = np.cross(way, (0, 0, 1.0) if abs(way[1]) > 0.9 else (0, 1.0, 0))
        aside /= np.linalg.norm(aside)
        frame = np.stack([aside, np.cross(way, aside)])
        flat = samples @ frame.T
        low = flat.min(axis=0)
        scale = (SIZE - 1) / (flat.max(axis=0) - low).max()
        pixel = ((flat - low) * scale).astype(int)
        cell = pixel[:, 0] * SIZE + pixel[:, 1]
        depth = samples @ way
        nearest = np.full(SIZE * SIZE, -np.inf)
        np.maximum.at(nearest, cell, depth)
        grid = maximum_filter(nearest.reshape(SIZE, SIZE), size=2).ravel()
        clear = depth[: len(vertices)] + bias >= grid[cell[: len(vertices)]]
        seen += facing * clear
        total += facing
    return seen / np.maximum(total, 1e-9)


def _sphere(count: int) -> np.ndarray:
    """(count, 3) directions spread evenly (Fibonacci)."""
    k = np.arange(count) + 0.5
    y, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - y * y)
    return np.stack([flat * np.cos(turn), y, flat * np.sin(turn)], axis=1)
