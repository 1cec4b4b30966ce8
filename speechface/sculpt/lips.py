"""Lips and mouth: rings from the grid to the vermilion border, over the lips to their contact line, and the mouth bag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speechface.sculpt.curves import sample
from speechface.sculpt.distance import bell
from speechface.sculpt.field import Field
from speechface.sculpt.grid import Grid
from speechface.sculpt.weave import Rings, Weave

LOWER_BORDER = ((0, -0.98), (0.28, -0.94), (0.54, -0.72), (0.79, -0.32), (1, 0.10))
UPPER_BORDER = ((1, 0.10), (0.80, 0.25), (0.52, 0.52), (0.29, 0.75), (0.15, 0.80), (0, 0.67))
CONTACT = ((0.955, 0.09), (0.70, 0.0), (0.42, 0.03), (0.17, 0.0), (0, -0.06))
"""Designed curves: share of half the mouth's breadth, cm above the mouth's height. Corner to midline or back."""

BAG = (
    # way back from the contact line behind the upper and the lower lip (cm), opening up and down, widening, squareness
    (0.15, 0.16, 0.01, 1.00, 2),
    (0.30, 0.38, 0.12, 1.00, 2),
    (0.44, 0.68, 0.50, 1.08, 3),
    (0.54, 0.96, 1.05, 1.20, 3),
    (0.80, 1.22, 1.60, 1.34, 4),
    (1.60, 1.80, 2.10, 1.40, 4),
    (2.90, 3.00, 2.20, 1.50, 4),
    (4.60, 4.60, 2.00, 1.50, 4),
    (6.40, 6.40, 1.30, 1.00, 3),
)
"""Rows of the mouth bag: behind the lips, up in front of the gums, over the teeth and back to the throat."""

BAG_END = (0.0, -6.2, 2.6)


@dataclass(frozen=True)
class Lips:
    """The rings of the left half of the mouth, open at the midline, and where each column and row of them lies.

    rings.ids (R, N); red (R,) 0 outside and at the vermilion border, 1 at the contact line and inside.
    arc (N,) -1 at the middle of the lower lip, 0 in the corner, 1 at the middle of the upper lip.
    border, contact: (N,) vertex indices; contact k of the lower lip touches contact N - 1 - k of the upper.
    """

    rings: Rings
    red: np.ndarray
    arc: np.ndarray
    border: np.ndarray
    contact: np.ndarray
    end: int


def weave_lips(field: Field, weave: Weave, grid: Grid, density: int) -> Lips:
    """Fill the mouth block of the grid."""
    m = field.proportions
    walk = grid.blocks["mouth"].walk()
    start, outer = grid.points[walk[:, 0], walk[:, 1]][:, :2], grid.ids[walk[:, 0], walk[:, 1]]
    corner = len(walk) // 2
    half, height = m.mouth_breadth / 2, m.mouth_height
    lower, upper, contact = (
        sample(np.array(points) * (half, 1) + (0, height), corner + 1)
        for points in (LOWER_BORDER, UPPER_BORDER, CONTACT)
    )
    border = np.concatenate([lower, upper[1:]])
    touch = np.concatenate([contact[::-1], contact[1:]])
    arc = np.linspace(-1, 1, len(walk))
    side = np.sign(arc) * (np.abs(arc) > 1e-9)

    rows, outside, red, inside = [], [], [], []
    shares = np.linspace(1, 0, 6 * density + 1)[1:]
    for share in 0.6 * shares + 0.4 * shares**2:
        flat = border * (1 - share) + start * share
        rows.append(np.column_stack([flat, field.depth(*flat.T) + _border_relief(flat, share, half, height)]))
        outside.append(share)
        red.append(0.0)
        inside.append(0)
    for step in range(1, 5 * density + 1):
        rows.append(_lip_row(field, border, touch, step / (5 * density), arc, half))
        outside.append(0.0)
        red.append(step / (5 * density))
        inside.append(0)
    _meet(rows[-5 * density :])
    rim = rows[-1]
    across = rim[:, 0] / rim[:, 0].max()
    for number, (back_upper, back_lower, opening, widening, square) in enumerate(BAG, start=1):
        spread = np.clip(1 - across**square, 0, 1) ** (1 / square) * side
        back = np.where(side > 0, back_upper, back_lower)
        row = rim * (widening, 1, 1) + np.stack([0 * spread, spread * opening, 0 * spread - back], axis=1)
        if number > 5:  # behind the arch the bag is flat across
            row[:, 2] = np.minimum(row[:, 2], rim[0, 2] - back_lower)
        rows.append(row)
        outside.append(0.0)
        red.append(1.0)
        inside.append(number)

    ids = []
    for row in rows:
        row[[0, -1], 0] = 0.0
        ids.append(weave.add(row))
        weave.strip(outer, ids[-1], closed=False)
        outer = ids[-1]
    end = int(weave.add(np.array([BAG_END]))[0])
    weave.fan(outer, end, closed=False)
    rings = Rings(np.array(ids), np.array(outside), np.array(inside))
    edge = len(shares) - 1
    return Lips(rings, np.array(red), arc, rings.ids[edge], rings.ids[edge + 5 * density], end)


def _meet(rows: list[np.ndarray]) -> None:
    """Bend the rows (N, 3) of the red so that both lips' contact lines are one line."""
    step = 0.5 * (rows[-1][::-1] - rows[-1])
    for number, row in enumerate(rows, start=1):
        row += step * (number / len(rows)) ** 3


def _border_relief(flat: np.ndarray, share: float, half: float, height: float) -> np.ndarray:
    """The white roll along the vermilion border and the dimple at the corner (cm towards the front)."""
    roll = 0.05 * bell(share / 0.06) * (1 - np.clip(flat[:, 0] / half, 0, 1) ** 2)
    corner = np.hypot((flat[:, 0] - half - 0.32) / 0.4, (flat[:, 1] - height - 0.05) / 0.5)
    return roll - 0.06 * bell(corner)


def _lip_row(
    field: Field, border: np.ndarray, touch: np.ndarray, red: float, arc: np.ndarray, half: float
) -> np.ndarray:
    """One row (N, 3) of the red of the lips: full in the middle, flat towards the corners, rolled in at the contact."""
    way = red**0.85
    flat = border * (1 - way) + touch * way
    depth = field.depth(*border.T) * (1 - way) + field.depth(*touch.T) * way
    full = np.clip(1 - np.abs(border[:, 0] / half) ** 2.2, 0, 1)
    arch = np.sin(np.pi * np.clip(red * 0.8, 0, 1))
    upper = 0.44 * arch**0.85 - 0.10 * red**4 + 0.04 * bell(flat[:, 0] / 0.45) * arch
    lower = 0.52 * arch**0.80 - 0.06 * red**4
    depth += full * np.where(arc > 0, upper, lower) - 0.16 * red * (1 - full)
    depth += np.where(arc > 0, 0, 0.05) * bell((flat[:, 0] - 0.75) / 0.5) * arch
    return np.column_stack([flat, depth])
