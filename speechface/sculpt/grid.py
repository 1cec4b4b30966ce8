"""The grid that covers the head: columns of azimuth times rows, cast as rays onto the field, with blocks left open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speechface.sculpt.distance import smooth_step
from speechface.sculpt.field import Field
from speechface.sculpt.proportions import Proportions
from speechface.sculpt.weave import Weave

COLUMNS = ((4, 8.2), (11, 44.0), (8, 84.0), (6, 108.0), (7, 180.0))
"""Cells times density and the azimuth in degrees where they end: nose, eye, cheek, ear, back."""

ROWS = (
    # cells, height in front and what it is measured from, height at the side, rays' elevation, Z of their origin
    (0, "pupils", -20.0, -20.0, 0.0, -3.2),
    (4, "pupils", -15.5, -14.6, 0.0, -2.4),
    (5, "chin", -1.5, -8.6, -24.0, -1.0),
    (5, "chin", 2.9, -6.5, -26.0, 0.0),
    (4, "chin", 1.95, -6.1, -9.0, 0.0),
    (2, "mouth", -2.25, -5.6, 0.0, 0.0),
    (10, "mouth", 1.3, -3.9, 0.0, 0.0),
    (11, "pupils", -1.5, -1.0, 0.0, 0.0),
    (10, "pupils", 1.65, 1.75, 0.0, 0.0),
    (6, "pupils", 3.7, 3.7, 0.0, 0.0),
    (9, "pupils", 3.7, 3.7, 32.0, 0.0),
    (5, "pupils", 3.7, 3.7, 88.0, 0.0),
)
"""Neck, throat, under the chin, chin, below the mouth, mouth, nose, eye, brow, forehead, crown."""


@dataclass(frozen=True)
class Block:
    """Cells [bottom, top) x [near, far) of the grid that are cut out, and the walk round them."""

    bottom: int
    top: int
    near: int
    far: int

    def holds(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Whether cells lie in the block."""
        return (self.bottom <= row) & (row < self.top) & (self.near <= column) & (column < self.far)

    def inside(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Whether grid points lie strictly inside the block; a block that starts at the midline takes that too."""
        past = column > self.near if self.near else column >= 0
        return (self.bottom < row) & (row < self.top) & past & (column < self.far)

    def walk(self) -> np.ndarray:
        """(N, 2) row, column of its border, counter-clockwise from the lower near corner.

        A block at the midline gives the open walk from the lower to the upper midline point.
        """
        b, t, n, f = self.bottom, self.top, self.near, self.far
        low = [(b, c) for c in range(n, f)] + [(r, f) for r in range(b, t)]
        high = [(t, c) for c in range(f, n, -1)]
        return np.array(low + high + ([(t, n)] if n == 0 else [(r, n) for r in range(t, b, -1)]))


@dataclass(frozen=True)
class Grid:
    """ids: (M, H + 1) vertex index of every grid point, -1 inside blocks; points: (M, H + 1, 3); the blocks by name."""

    ids: np.ndarray
    points: np.ndarray
    blocks: dict[str, Block]
    pole: int


def lay(field: Field, weave: Weave, density: int) -> Grid:
    """Cast the grid of one density (1, 2, ...) onto the field and add it, less its blocks, to the weave."""
    rows, marks = _rows(field.proportions, density)
    azimuth, ends = _columns(density)
    last = len(azimuth) - 1
    blocks = {
        "mouth": Block(marks[5], marks[6], 0, 11 * density),
        "nostril": Block(marks[6] + density, marks[6] + 3 * density, density, 3 * density),
        "eye": Block(marks[7], marks[8], ends[0], ends[1]),
        "ear": Block(marks[6], marks[8], ends[2], ends[3]),
    }
    points = _cast(field, rows, azimuth)
    row, column = np.meshgrid(np.arange(len(rows)), np.arange(last + 1), indexing="ij")
    used = ~np.any([block.inside(row, column) for block in blocks.values()], axis=0)
    ids = np.full(used.shape, -1)
    ids[used] = weave.add(points[used])
    top = field.cast(np.array([[0.0, 3.6, 0.0]]), np.array([[0.0, 1.0, 0.0]]))
    pole = int(weave.add(top * (0, 1, 1))[0])
    row, column = row[:-1, :-1], column[:-1, :-1]
    solid = ~np.any([block.holds(row, column) for block in blocks.values()], axis=0)
    r, c = row[solid], column[solid]
    weave.quads.append(np.stack([ids[r, c], ids[r, c + 1], ids[r + 1, c + 1], ids[r + 1, c]], axis=1))
    weave.fan(ids[-1], pole, closed=False)
    return Grid(ids, points, blocks, pole)


def _rows(m: Proportions, density: int) -> tuple[np.ndarray, list[int]]:
    """(M, 4) height in front, height at the side, elevation and origin of every row, and where the sections end."""
    base = {"pupils": 0.0, "mouth": m.mouth_height, "chin": m.chin_height}
    ends = np.array([(base[anchor] + front, *rest) for _, anchor, front, *rest in ROWS])
    rows, marks = [ends[:1]], [0]
    for (cells, *_), before, end in zip(ROWS[1:], ends, ends[1:], strict=False):
        share = np.linspace(0.0, 1.0, cells * density + 1)[1:, None]
        rows.append((1 - share) * before + share * end)
        marks.append(marks[-1] + cells * density)
    return np.concatenate(rows), marks


def _columns(density: int) -> tuple[np.ndarray, list[int]]:
    """(H + 1,) azimuth in radians of every column, and where the sections end; steps widen towards the back."""
    azimuth, ends = [0.0], []
    for (cells, end), before in zip(COLUMNS, (0.0, *(end for _, end in COLUMNS)), strict=False):
        share = np.linspace(0.0, 1.0, cells * density + 1)[1:]
        if end == 84.0 or end == 180.0:
            share = 0.75 * share + 0.25 * share**2
        azimuth.extend(before + share * (end - before))
        ends.append(len(azimuth) - 1)
    return np.radians(azimuth), ends


def _cast(field: Field, rows: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    front, side, elevation, origin = rows.T[:, :, None]
    height = front + (side - front) * smooth_step((np.degrees(azimuth) - 14.0) / 72.0)
    elevation = np.radians(elevation)
    starts = np.stack([np.zeros_like(height), height, origin + 0 * height], axis=-1)
    ways = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation) + 0 * height, np.cos(azimuth) * np.cos(elevation)],
        axis=-1,
    )
    points = field.cast(starts.reshape(-1, 3), ways.reshape(-1, 3)).reshape(starts.shape)
    points[:, [0, -1], 0] = 0.0
    return points
