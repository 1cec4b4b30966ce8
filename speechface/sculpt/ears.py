"""Ears, woven into the skin: rings from the side of the head up the back of the ear, over its rim and into the concha."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.curves import sample
from speechface.sculpt.distance import bell, rotation, smooth_step
from speechface.sculpt.field import Field
from speechface.sculpt.grid import Grid
from speechface.sculpt.weave import Rings, Weave

OUTLINE = (
    (0.55, -2.55), (0.25, -2.85), (-0.15, -2.65), (-0.55, -2.0), (-1.05, -1.1), (-1.5, 0.0), (-1.66, 1.1), (-1.35, 2.1),
    (-0.65, 2.75), (0.2, 2.85), (0.85, 2.3), (1.08, 1.5), (1.14, 0.7), (1.12, -0.1), (1.05, -0.9), (0.90, -1.75),
)  # fmt: skip
"""The ear seen from the side, from the front of the lobe backwards and up: cm forward, cm up from its middle."""

CENTRE = (0.35, -0.35)
PLACE = (6.75, -1.05, -1.15)
BACK_ROWS, FACE_ROWS = 2, 9


def weave_ear(field: Field, weave: Weave, grid: Grid, density: int) -> Rings:
    """Fill the ear block of the grid; 2 x density rows behind the ear, 9 x density on its face."""
    walk = grid.blocks["ear"].walk()
    outer = grid.ids[walk[:, 0], walk[:, 1]]
    # the walk starts at the lower front corner and goes forward-to-back along the lower edge, as OUTLINE does
    outline = sample(np.array(OUTLINE), len(walk), closed=True)
    root = _root(field, outline)
    faces = [
        _grown_on(field, _face(outline, share), root, outline, share)
        for share in np.linspace(1, 0.06, FACE_ROWS * density)
    ]
    rows = [root]
    for step in range(1, BACK_ROWS * density):
        rows.append(_back(root, outline, faces[0], step / (BACK_ROWS * density)))
    rows.extend(faces)
    ids = [weave.add(row) for row in rows]
    for row, inner in zip([outer, *ids], ids, strict=False):
        weave.strip(row, inner, closed=True)
    end = int(weave.add(rows[-1].mean(axis=0)[None])[0])
    weave.fan(ids[-1], end, closed=True)
    return Rings(np.array(ids), np.zeros(len(ids)), np.arange(len(ids)))


def _to_head(forward: np.ndarray, up: np.ndarray, out: np.ndarray) -> np.ndarray:
    """(N, 3) points of the head from the ear's own coordinates; the ear stands off backwards and leans back."""
    local = np.stack([out, up, forward], axis=-1) * (0.85, 0.98, 0.98)
    return local @ rotation("y", -22).T @ rotation("x", -9).T + PLACE


def _attached(outline: np.ndarray) -> np.ndarray:
    """(N,) 1 where the rim grows out of the cheek (tragus and front of the lobe), 0 where it stands free."""
    forward, up = outline.T
    return smooth_step((forward - 0.35) / 0.55) * (1 - smooth_step((up - 1.2) / 1.2))


def _root(field: Field, outline: np.ndarray) -> np.ndarray:
    """(N, 3) on the side of the head where the ear is attached."""
    attached = _attached(outline)
    share = 0.50 + 0.58 * attached
    forward = CENTRE[0] + 0.15 + (outline[:, 0] - CENTRE[0]) * share
    up = CENTRE[1] + (outline[:, 1] - CENTRE[1]) * (0.70 + 0.30 * attached)
    return field.project(_to_head(forward, up, np.full(len(outline), -0.3)), steps=8)


def _grown_on(field: Field, row: np.ndarray, root: np.ndarray, outline: np.ndarray, share: float) -> np.ndarray:
    """A row of the face that runs out into the skin of the cheek where the ear is attached, and clears the head elsewhere."""
    attached = _attached(outline)
    lift = np.maximum(0.22 * smooth_step((share - 0.55) / 0.4) - field(row), 0.0) * smooth_step((share - 0.60) / 0.2)
    row = row + field.gradient(row) * lift[:, None]
    blend = (attached * smooth_step((share - 0.70) / 0.30))[:, None]
    inset = 0.035 + 0.3 * (1 - share)  # rows must not lie on each other
    return row * (1 - blend) + (root + inset * (root.mean(axis=0) - root)) * blend


def _back(root: np.ndarray, outline: np.ndarray, rim: np.ndarray, share: float) -> np.ndarray:
    """One row (N, 3) from the root (share 0) to the rim (1): out of the groove, up the back, round the helix."""
    free = (1 - _attached(outline))[:, None]
    behind = rim - free * (0.42 * _outwards()) + 0.06 * free * (root - rim)
    bent = 0.5 * (root + rim) * (1 - free) + behind * free
    return root * (1 - share) ** 2 + 2 * bent * share * (1 - share) + rim * share**2


def _outwards() -> np.ndarray:
    """(3,) the direction of the ear's own outward axis on the head."""
    ends = _to_head(np.zeros(2), np.zeros(2), np.array([0.0, 1.0]))
    return (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])


def _face(outline: np.ndarray, share: float) -> np.ndarray:
    """One row (N, 3) of the ear's face, `share` of the way from the concha's middle to the rim."""
    forward = CENTRE[0] + (outline[:, 0] - CENTRE[0]) * share
    up = CENTRE[1] + (outline[:, 1] - CENTRE[1]) * share
    behind = smooth_step((0.75 - forward) / 0.6)
    front = smooth_step((forward - 0.45) / 0.5)
    lobe = smooth_step((-1.35 - up) / 0.7)
    out = -0.95 * (1 - smooth_step((share - 0.08) / 0.45))  # concha
    out = out + 0.50 * bell((share - 0.60) / 0.12) * behind * (1 - lobe)  # antihelix
    out -= 0.26 * bell((share - 0.80) / 0.08) * behind * (1 - lobe)  # scapha
    rim = (1 - lobe) * (1 - 0.75 * front * smooth_step((0.3 - up) / 0.8))
    out += 0.42 * bell((share - 0.93) / 0.09) * rim  # helix
    out += 0.50 * bell(np.hypot((forward - 0.92) / 0.24, (up + 0.40) / 0.45))  # tragus
    out += 0.25 * bell(np.hypot((forward - 0.35) / 0.3, (up + 1.35) / 0.28))  # antitragus
    out += 0.16 * lobe * bell((share - 0.75) / 0.25)
    out += 0.10 * np.maximum(up - 1.5, 0)
    return _to_head(forward, up, out)
