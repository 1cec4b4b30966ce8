"""Points of the midline of a face in profile: tip of the nose, where it ends, the line between the lips."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from speechface.heads._correspondence import Surface

STEP = 0.0005
"""Metres a sample of the profile."""
ASIDE = 3e-5
"""Metres beside the midline, on which many meshes have a row of vertices, that the plane lies."""
FAR = 0.016
"""Metres from where it is on the open head beyond which a mark is not believed."""


def profile_marks(surface: Surface, near: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Places (3,) of `nose_tip`, `nose_base` and `mouth`, as many as are seen.

    surface: metres, Y up, looking along Z, of about the open head's size and place. near: the same marks there.
    """
    middle = near["nose_tip"][0] + ASIDE
    low, high = near["chin"][1] - 0.025, near["nose_tip"][1] + 0.025
    heights = np.arange(low, high, STEP)
    depths = _depths(surface, middle, heights)
    if not np.isfinite(depths).any():
        return {}

    def at(index: int) -> np.ndarray:
        return np.array([middle, heights[index], depths[index]])

    filled = np.where(np.isfinite(depths), depths, np.nanmin(depths))
    tip = int(np.argmax(np.where(np.abs(heights - near["nose_tip"][1]) < 0.022, filled, -np.inf)))
    out = {"nose_tip": at(tip)}
    crease = gaussian_filter1d(filled, 1.2, order=2) / STEP**2
    expected = near["mouth"][1] + (heights[tip] - near["nose_tip"][1])
    below = (heights < heights[tip] - 0.012) & (heights > near["chin"][1] + 0.008)
    score = crease * np.exp(-0.5 * ((heights - expected) / 0.007) ** 2) * below
    lips = int(np.argmax(score))
    if score[lips] > 0.0:
        out["mouth"] = at(lips)
        between = np.flatnonzero((heights > heights[lips] + 0.008) & (heights < heights[tip] - 0.004))
        if len(between):
            out["nose_base"] = at(int(between[np.argmin(filled[between] + 0.3 * (heights[tip] - heights[between]))]))
    return {name: place for name, place in out.items() if np.linalg.norm(place - near[name]) < FAR}


def _depths(surface: Surface, middle: float, heights: np.ndarray) -> np.ndarray:
    """(n,) foremost Z of a surface in the plane X = middle, at each height; NaN where there is none."""
    corners = surface.points[surface.faces]
    side = corners[:, :, 0] - middle
    crossing = corners[(side.min(axis=1) < 0.0) & (side.max(axis=1) > 0.0)]
    if not len(crossing):
        return np.full(len(heights), np.nan)
    ends = []
    for one, two in ((0, 1), (1, 2), (2, 0)):
        first, second = crossing[:, one], crossing[:, two]
        span = second[:, 0] - first[:, 0]
        share = np.clip((middle - first[:, 0]) / np.where(span == 0.0, 1.0, span), 0.0, 1.0)[:, None]
        across = (first[:, 0] - middle) * (second[:, 0] - middle) <= 0.0
        ends.append(np.where(across[:, None], first + share * (second - first), np.nan))
    three = np.stack(ends, axis=1)  # two of three sides of a triangle are crossed
    order = np.nanargmin(three[:, :, 1], axis=1), np.nanargmax(three[:, :, 1], axis=1)
    rows = np.arange(len(three))
    bottom, top = three[rows, order[0]], three[rows, order[1]]
    steps = np.linspace(0.0, 1.0, 24)[:, None, None]
    points = (bottom + steps * (top - bottom)).reshape(-1, 3)
    out = np.full(len(heights), -np.inf)
    at = np.searchsorted(heights, points[:, 1])
    good = (at > 0) & (at < len(heights))
    np.maximum.at(out, at[good], points[good, 2])
    seen = np.flatnonzero(np.isfinite(out))
    if len(seen) > 3:
        filled = np.interp(heights, heights[seen], out[seen])
        near = np.abs(heights[:, None] - heights[seen][None]).min(axis=1) < 0.004
        return np.where(near, filled, np.nan)
    return np.full(len(heights), np.nan)
