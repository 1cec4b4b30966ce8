"""A blink for a head that is built on a stranger's mesh: its own lids turn about its own eyeballs until nothing is seen.

Carried over from the open head, lids end where the registration happened to put their edges. `_lids` asks the mesh instead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import ConvexHull, QhullError, cKDTree

from speechface.heads._correspondence import Surface, pieces
from speechface.heads._laid_parts import Part
from speechface.heads._laid_source import open_head
from speechface.heads._lids import Lids, lids, sphere

ROOT = 0.0025
"""Metres on the open head from the skin within which a lash has its root."""
FILM = 1.12
"""Radii of the eyeball up to which a piece is a film on it, that stays where it is, and no lash."""
EVEN = 5
"""Roots beside each other that every hair goes with: skin at the corners of an eye hardly moves, next to them a lot."""
REACH = 2.0
"""Radii of the eyeball round it within which pieces go with the lids."""


def with_lids(parts: list[Part], eyes: Part) -> list[Part]:
    """The parts, the skin first, with blinks of their own where the skin has an opening before an eyeball.

    eyes: the open head's eyeballs put in place, for where no part turns with an eye.
    """
    head, skin = open_head(), parts[0]
    pairs = [tuple(pair) for pair in head.pairs.tolist()]
    surface = Surface(skin.points, skin.faces, np.zeros(len(skin.points)))
    out = [replace(part, moves=dict(part.moves)) for part in parts]
    for joint, side in ((3, "Left"), (4, "Right")):
        ball = _outside(np.concatenate([part.points[part.weights[:, joint] > 0.5] for part in parts]))
        if len(ball) < 8:
            ball = _outside(eyes.points[eyes.weights[:, joint] > 0.5])
        found = lids(surface, ball)
        if found is None:
            continue
        blink = head.controls.index(f"eyeBlink{side}")
        for number, part in enumerate(out):
            here = found if number == 0 else _followed(part, skin, found, ball)
            part.moves[blink] = here.shapes[0].astype(np.float64)
            for row, (one, two) in enumerate(pairs, start=len(head.controls)):
                if (one, two) == (blink, blink):
                    part.moves[row] = here.shapes[1].astype(np.float64)
                elif blink in (one, two):  # a shut lid stays shut whatever else pulls at it
                    other = part.moves.get(two if one == blink else one)
                    if other is not None:
                        part.moves[row] = -here.hold[:, None] * other
    return out


def _outside(ball: np.ndarray) -> np.ndarray:
    """The outermost vertices of an eye, which may be made of several balls one in the other."""
    try:
        return ball[ConvexHull(ball).vertices] if len(ball) > 8 else ball
    except QhullError:
        return ball


def _followed(part: Part, skin: Part, found: Lids, ball: np.ndarray) -> Lids:
    """What a blink does to a part that is no skin: lashes turn about the eye with the skin at their roots."""
    centre, radius = sphere(ball)
    shapes, hold = np.zeros((2, len(part.points), 3)), np.zeros(len(part.points))
    near = np.linalg.norm(part.points - centre, axis=1) < REACH * radius
    near &= part.weights[:, 3:].max(axis=1) < 0.5
    if not near.any():
        return Lids(shapes, hold)
    used = np.unique(skin.faces)
    tree = cKDTree(skin.points[used])
    piece = pieces(len(part.points), part.faces)
    for one in np.unique(piece[near]):
        rows = np.flatnonzero(piece == one)
        from_eye = np.linalg.norm(part.points[rows] - centre, axis=1)
        if from_eye.max() > REACH * radius or np.quantile(from_eye, 0.95) < FILM * radius:
            continue
        away, nearest = tree.query(part.points[rows])
        roots = np.flatnonzero(away < ROOT)
        if not len(roots):
            continue
        beside = cKDTree(part.points[rows[roots], :1]).query(part.points[rows, :1], k=min(EVEN, len(roots)))[1]
        mine = used[nearest[roots]][beside.reshape(len(rows), -1)]
        straight, bent = found.shapes[:, mine].mean(axis=2)
        root = skin.points[mine].mean(axis=1)
        half, whole = (
            _swung(part.points[rows], root, amount * straight + amount**2 * bent, centre) for amount in (0.5, 1.0)
        )
        shapes[:, rows] = 4.0 * half - whole, 2.0 * whole - 4.0 * half
        hold[rows] = found.hold[mine].mean(axis=1)
    return Lids(shapes, hold)


def _swung(points: np.ndarray, roots: np.ndarray, moves: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(n, 3) movements of points that swing about the eye's axis as the skin (n, 3) at their roots does by moves (n, 3)."""
    before, now = roots - centre, roots + moves - centre
    angle = np.arctan2(now[:, 1], now[:, 2]) - np.arctan2(before[:, 1], before[:, 2])
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = (points - centre).T
    swung = np.stack([x, cos * y + sin * z, cos * z - sin * y], axis=1) + centre
    stretch = (np.hypot(now[:, 1], now[:, 2]) - np.hypot(before[:, 1], before[:, 2]))[:, None]
    out = np.stack([np.zeros(len(points)), np.sin(angle + np.arctan2(y, z)), np.cos(angle + np.arctan2(y, z))], axis=1)
    return swung + stretch * out - points
