"""`Weave`: the left half of the skin while it is made, and `Rings`, a block of it that runs round an opening."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Weave:
    """Vertices and quads of the half X >= 0, added bit by bit."""

    vertices: list[np.ndarray] = field(default_factory=list)
    quads: list[np.ndarray] = field(default_factory=list)
    count: int = 0

    def add(self, points: np.ndarray) -> np.ndarray:
        """Append points (N, 3); their indices (N,)."""
        points = np.asarray(points, dtype=float)
        self.vertices.append(points)
        self.count += len(points)
        return np.arange(self.count - len(points), self.count)

    def strip(self, outer: np.ndarray, inner: np.ndarray, closed: bool) -> None:
        """Join two rows of N indices by quads; `inner` lies to the left when walking along `outer`."""
        rows = np.stack([outer, np.roll(outer, -1), np.roll(inner, -1), inner], axis=1)
        self.quads.append(rows if closed else rows[:-1])

    def fan(self, ring: np.ndarray, centre: int, closed: bool) -> None:
        """Close a ring of indices (N,) by triangles to one vertex (as quads with a doubled corner)."""
        self.strip(ring, np.full_like(ring, centre), closed)

    def points(self) -> np.ndarray:
        """(V, 3) all vertices so far."""
        return np.concatenate(self.vertices)


@dataclass(frozen=True)
class Rings:
    """Rows of vertices round an opening, from the outside in.

    ids: (R, N) vertex indices. outside: (R,) share of the way out to the surrounding grid, 0 from the opening's edge
    inwards. inside: (R,) number of the row inside the opening counted from 1, 0 where still outside.
    """

    ids: np.ndarray
    outside: np.ndarray
    inside: np.ndarray
