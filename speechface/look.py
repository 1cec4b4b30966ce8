"""`Look`: what the surface of a head is made of, one value a vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Look:
    """Material of every vertex, for any renderer and for exporters.

    colour: (V, 3) float32 linear RGB reflectance, 0..1.
    roughness, specular, subsurface, occlusion: (V,) float32 in 0..1: GGX roughness, reflectance at normal incidence,
    how much light scatters under the surface, and baked ambient occlusion (1 is open to the sky).
    part: (V,) uint8 index into `parts`, the names of the pieces the head is made of (skin, eyes, teeth, ...).
    """

    colour: np.ndarray
    roughness: np.ndarray
    specular: np.ndarray
    subsurface: np.ndarray
    occlusion: np.ndarray
    part: np.ndarray
    parts: tuple[str, ...]

    @staticmethod
    def clay(count: int) -> Look:
        """A plain matt grey for a head of `count` vertices that brings no colours of its own."""
        full = np.ones(count, dtype=np.float32)
        colour = np.tile(np.array([0.55, 0.45, 0.40], dtype=np.float32), (count, 1))
        return Look(colour, full * 0.55, full * 0.03, full * 0.5, full, np.zeros(count, dtype=np.uint8), ("skin",))
