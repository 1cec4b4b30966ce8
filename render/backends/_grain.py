"""The grain of skin: pores too fine for vertices, a noise that sticks to the head at rest."""

from __future__ import annotations

import numpy as np

from render.compiling import compiled_single, inlined_single

PORE = 0.00085
"""Metres from pore to pore on a head of ordinary size."""
FAINT = 0.03
"""Share of the grain that changes no pixel by a whole step of brightness."""


def visible(pixel: float) -> float:
    """How much of the grain shows, 0..1, where a pixel is `pixel` metres wide: what is finer than pixels would flicker.

    Below FAINT it is left out: nobody could see it, and it takes time.
    """
    shown = min(max((0.65 * PORE - pixel) / (0.35 * PORE), 0.0), 1.0)
    return shown if shown >= FAINT else 0.0


@inlined_single
def _down(value):
    """The largest whole number not above a value. `math.floor` would be a call of the C library."""
    whole = int(value)
    return whole - (1 if whole > value else 0)


@inlined_single
def _corner(x, y, z):
    """A number in -1..1 for a corner of the lattice, the same every time."""
    mixed = ((x * 73856093) ^ (y * 19349663) ^ (z * 83492791)) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return np.float32((mixed ^ (mixed >> 16)) & 0xFFFF) * (1.0 / 32767.5) - 1.0


@compiled_single
def _value(x, y, z):
    """The value of `_noise` alone."""
    i, j, k = _down(x), _down(y), _down(z)
    fx, fy, fz = x - np.float32(i), y - np.float32(j), z - np.float32(k)
    ux, uy, uz = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy), fz * fz * (3.0 - 2.0 * fz)
    a, b, c, d = _corner(i, j, k), _corner(i + 1, j, k), _corner(i, j + 1, k), _corner(i + 1, j + 1, k)
    e, f, g, h = _corner(i, j, k + 1), _corner(i + 1, j, k + 1), _corner(i, j + 1, k + 1), _corner(i + 1, j + 1, k + 1)
    ab, cd, ef, gh = a + ux * (b - a), c + ux * (d - c), e + ux * (f - e), g + ux * (h - g)
    abcd, efgh = ab + uy * (cd - ab), ef + uy * (gh - ef)
    return abcd + uz * (efgh - abcd)


@compiled_single
def _noise(x, y, z):
    """Value noise of unit scale and its gradient: (value in -1..1, d/dx, d/dy, d/dz)."""
    i, j, k = _down(x), _down(y), _down(z)
    fx, fy, fz = x - np.float32(i), y - np.float32(j), z - np.float32(k)
    ux, uy, uz = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy), fz * fz * (3.0 - 2.0 * fz)
    dx, dy, dz = 6.0 * fx * (1.0 - fx), 6.0 * fy * (1.0 - fy), 6.0 * fz * (1.0 - fz)
    a, b, c, d = _corner(i, j, k), _corner(i + 1, j, k), _corner(i, j + 1, k), _corner(i + 1, j + 1, k)
    e, f, g, h = _corner(i, j, k + 1), _corner(i + 1, j, k + 1), _corner(i, j + 1, k + 1), _corner(i + 1, j + 1, k + 1)
    ab, cd, ef, gh = a + ux * (b - a), c + ux * (d - c), e + ux * (f - e), g + ux * (h - g)
    abcd, efgh = ab + uy * (cd - ab), ef + uy * (gh - ef)
    slope_x = (1.0 - uz) * ((1.0 - uy) * (b - a) + uy * (d - c)) + uz * ((1.0 - uy) * (f - e) + uy * (h - g))
    slope_y = (1.0 - uz) * (cd - ab) + uz * (gh - ef)
    return abcd + uz * (efgh - abcd), dx * slope_x, dy * slope_y, dz * (efgh - abcd)


@compiled_single
def grain(x, y, z):
    """Two octaves of noise, one turned against the other so that no lattice shows: (value, d/dx, d/dy, d/dz)."""
    first, ax, ay, az = _noise(0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x, z)
    second, bx, by, bz = _noise(2.3 * x, 2.3 * (0.8 * y + 0.6 * z), 2.3 * (0.8 * z - 0.6 * y))
    return (
        first + second,
        0.8 * ax - 0.6 * ay + bx,
        0.6 * ax + 0.8 * ay + 0.8 * by - 0.6 * bz,
        az + 0.6 * by + 0.8 * bz,
    )


@inlined_single
def tone(x, y, z):
    """The value of `grain` alone, which takes half the time."""
    return _value(0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x, z) + _value(
        2.3 * x, 2.3 * (0.8 * y + 0.6 * z), 2.3 * (0.8 * z - 0.6 * y)
    )
