"""What makes one person differ from another: changes of the whole head, each a shape of the same mesh.

Strength 1 is about two standard deviations of what adults show; strengths of -1 to 1 may be mixed freely. The teeth and
the lips' contact stay where they are, so that every closure of the mouth still closes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from speechface.sculpt.attach import fasten, follow_fully
from speechface.sculpt.body import Body
from speechface.sculpt.distance import smooth_step
from speechface.sculpt.identity_hair import hair_changes
from speechface.sculpt.identity_skin import skin_changes
from speechface.sculpt.identity_warps import warps


def identity_shapes(body: Body) -> dict[str, np.ndarray]:
    """Every change (V, 3) of the whole head at strength 1, in cm; hair styles are changes of the hair alone."""
    c, skin = body.canvas, body.canvas.skin
    followers: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        piece.name: fasten(skin, piece).follow for piece in body.pieces if piece.carrier == "skin"
    }
    hair = next(piece for piece in body.pieces if piece.name == "hair")
    followers["hair"] = follow_fully(skin, hair)
    off_lids = smooth_step((np.minimum(c.lid_out, 1.0) - 0.30) / 0.35)[:, None]  # lids stay on their eyeball
    moves = {name: warp(skin.vertices) for name, warp in warps(c).items()} | skin_changes(c)
    shapes = {}
    for name, moved in moves.items():
        moved = c.symmetric(moved) * (c.inside < 5)[:, None]
        whole = np.zeros((body.count, 3))
        whole[body.slice("skin")] = moved = moved if name.startswith("eye") or name == "monolid" else moved * off_lids
        for piece, follow in followers.items():
            whole[body.slice(piece)] = follow(moved)
        for piece in {"eye": ("eyes", "caruncles"), "nec": ("collar",)}.get(name[:3], ()):
            whole[body.slice(piece)] = warps(c)[name](body.vertices()[body.slice(piece)])
        shapes[name] = whole
    return shapes | hair_changes(body)
