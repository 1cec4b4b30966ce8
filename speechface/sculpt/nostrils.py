"""Nostrils: a ring block on the underside of the nose whose inner rows go up into the dark."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.distance import rotation
from speechface.sculpt.field import Field
from speechface.sculpt.grid import Grid
from speechface.sculpt.weave import Rings, Weave

DEPTHS = ((0.10, 0.90), (0.30, 0.82), (0.65, 0.5))
"""Rows inside: way up (cm) and size against the rim."""


def weave_nostril(field: Field, weave: Weave, grid: Grid, density: int) -> Rings:
    """Fill the nostril block of the grid."""
    m = field.proportions
    walk = grid.blocks["nostril"].walk()
    outer = grid.ids[walk[:, 0], walk[:, 1]]
    # the walk goes back edge, outer edge, front edge, inner edge of the nose's underside
    angle = np.linspace(0, 2 * np.pi, len(walk), endpoint=False) - 0.75 * np.pi
    oval = np.stack([0.21 * np.cos(angle), 0 * angle, 0.28 * np.sin(angle)], axis=1) @ rotation("y", -20).T
    seeds = oval + (0.47, m.nose_tip_height + 0.1, m.nose_tip_depth - 1.30)
    rim = field.cast(
        seeds, np.tile([0.0, -1.0, 0.0], (len(walk), 1)), start=m.nose_tip_height - m.nose_base_height + 0.6
    )
    rows = [weave.add(rim)]
    middle = rim.mean(axis=0)
    for depth, size in DEPTHS:
        rows.append(weave.add(middle + (rim - middle) * size + (0.0, depth, -0.25 * depth)))
    for row, inner in zip([outer, *rows], rows, strict=False):
        weave.strip(row, inner, closed=True)
    end = int(weave.add(middle[None] + (0.0, 0.95, -0.3))[0])
    weave.fan(rows[-1], end, closed=True)
    return Rings(np.array(rows), np.zeros(len(rows)), np.arange(len(rows)))
