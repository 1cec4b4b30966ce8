"""Curves through designed points, sampled evenly along their length."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline


def sample(points: np.ndarray, count: int, closed: bool = False) -> np.ndarray:
    """(count, D) points evenly along a cubic through `points` (P, D); a closed curve does not repeat its start."""
    points = np.asarray(points, dtype=float)
    if closed:
        points = np.vstack([points, points[:1]])
    knots = lengths(points)
    curve = CubicSpline(knots / knots[-1], points, bc_type="periodic" if closed else "natural")
    fine = np.linspace(0.0, 1.0, 600)
    travelled = lengths(curve(fine))
    at = np.linspace(0.0, 1.0, count + 1)[:-1] if closed else np.linspace(0.0, 1.0, count)
    return curve(np.interp(at, travelled / travelled[-1], fine))


def lengths(points: np.ndarray) -> np.ndarray:
    """(P,) way along a polyline (P, D) from its first point."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def tangents(points: np.ndarray) -> np.ndarray:
    """(P, D) unit directions along a polyline (P, D)."""
    along = np.gradient(points, axis=0)
    return along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
