"""Signed distances to simple solids and smooth ways to join them (centimetres; negative is inside)."""

from __future__ import annotations

import numpy as np

Point = tuple[float, float, float]


def smooth_union(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Union of two distances (N,) with a fillet about `width` wide (Quilez's polynomial minimum)."""
    overlap = np.maximum(width - np.abs(a - b), 0.0)
    return np.minimum(a, b) - overlap * overlap * (0.25 / width)


def smooth_cut(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Solid a without solid b, the edge rounded."""
    return -smooth_union(-a, b, width)


def rotation(axis: str, degrees: float) -> np.ndarray:
    """(3, 3) rotation about "x", "y" or "z"; acts on column vectors, right-handed."""
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    return {
        "x": np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]),
    }[axis]


def ellipsoid(points: np.ndarray, centre: Point, radii: Point, turn: np.ndarray | None = None) -> np.ndarray:
    """Distance (N,) of points (N, 3) to an ellipsoid, exact to first order; `turn` rotates the ellipsoid."""
    local = points - np.asarray(centre)
    if turn is not None:
        local = local @ turn
    extent = np.asarray(radii)
    scaled = local / extent
    first = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    scaled /= extent
    second = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    return first * (first - 1.0) / np.maximum(second, 1e-9)


def capsule(points: np.ndarray, start: Point, end: Point, radius: float, end_radius: float | None = None) -> np.ndarray:
    """Distance (N,) of points (N, 3) to a rounded rod whose radius changes from `radius` to `end_radius`."""
    foot, along = np.asarray(start, dtype=float), np.subtract(end, start)
    local = points - foot
    share = np.clip(local @ along / (along @ along), 0.0, 1.0)
    local -= share[:, None] * along
    grow = (radius if end_radius is None else end_radius) - radius
    return np.sqrt(np.einsum("ij,ij->i", local, local)) - (radius + grow * share)


def smooth_step(x: np.ndarray | float) -> np.ndarray:
    """0 below 0, 1 above 1, a cubic with flat ends between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def bell(x: np.ndarray | float) -> np.ndarray:
    """exp(-x^2)."""
    return np.exp(-np.square(x))
