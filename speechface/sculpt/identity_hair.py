"""Differences between people in what grows: thicker brows, shorter lashes, other hair styles."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.body import Body
from speechface.sculpt.brows import brow_curve
from speechface.sculpt.hair import STYLES, make_hair


def hair_changes(body: Body) -> dict[str, np.ndarray]:
    """Changes (V, 3) of the whole head, in cm."""
    m = body.canvas.skin.field.proportions
    shapes = {
        name: np.zeros((body.count, 3))
        for name in ("browThickness", "lashLength", *(f"hair_{style}" for style in STYLES))
    }
    brows = body.slice("brows")
    p = body.vertices()[brows]
    curve = brow_curve(m, 120)
    flat = np.column_stack([np.abs(p[:, 0]), p[:, 1]])
    nearest = curve[np.linalg.norm(flat[:, None] - curve[None], axis=2).argmin(axis=1)]
    away = flat - nearest
    shapes["browThickness"][brows] = 0.5 * np.column_stack([away[:, 0] * np.sign(p[:, 0]), away[:, 1], 0 * p[:, 0]])
    lashes = body.slice("lashes")
    piece = body.pieces[body.parts.index("lashes") - 1]
    shapes["lashLength"][lashes] = 0.4 * (piece.vertices - piece.vertices[piece.root])
    hair = body.slice("hair")
    for name, style in STYLES.items():
        shapes[f"hair_{name}"][hair] = (
            make_hair(body.canvas.skin.field, body.density, style).vertices - body.vertices()[hair]
        )
    return shapes
