"""Pigments, and palettes that give each of them a colour: a person is repainted by changing the palette."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Palette:
    """Linear RGB reflectance of every pigment; a vertex's colour is the sum of its amounts times these."""

    skin: Colour = (0.560, 0.345, 0.250)
    flush: Colour = (0.590, 0.235, 0.180)
    shade: Colour = (0.400, 0.195, 0.150)
    lips: Colour = (0.490, 0.195, 0.165)
    flesh: Colour = (0.480, 0.160, 0.150)
    enamel: Colour = (0.800, 0.740, 0.640)
    sclera: Colour = (0.640, 0.605, 0.580)
    blood: Colour = (0.450, 0.090, 0.080)
    iris: Colour = (0.135, 0.175, 0.120)
    iris_core: Colour = (0.210, 0.105, 0.030)
    hair: Colour = (0.075, 0.036, 0.019)
    hair_light: Colour = (0.110, 0.058, 0.028)
    brow: Colour = (0.055, 0.028, 0.016)
    lash: Colour = (0.012, 0.009, 0.008)
    stubble: Colour = (0.560, 0.345, 0.250)  # as the skin: none
    cloth: Colour = (0.030, 0.075, 0.095)

    def colours(self) -> np.ndarray:
        """(L, 3) in the order of `PIGMENTS`."""
        return np.array([getattr(self, name) for name in PIGMENTS])


PIGMENTS = tuple(field.name for field in fields(Palette))
