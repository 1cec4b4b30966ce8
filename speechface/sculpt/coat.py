"""What covers the head, as it is stored: pigments, material, baked occlusion and part of every vertex."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.appearance import paint_skin, skin_surface
from speechface.sculpt.body import Body
from speechface.sculpt.distance import smooth_step
from speechface.sculpt.jaw import HINGE, OPENING, hinge
from speechface.sculpt.occlusion import occlusion
from speechface.sculpt.palette import PIGMENTS
from speechface.sculpt.skin import normals_of

INNER = ("upper_teeth", "lower_teeth", "upper_gum", "lower_gum", "tongue")
"""Pieces inside the mouth."""
TEETH = INNER[:2]


def coat_arrays(body: Body) -> dict[str, np.ndarray]:
    """Bytes: paint (V, L) halves of the amounts of pigments, surface (V, 3), occlusion (V,), part (V,); and names."""
    c = body.canvas
    paint = np.zeros((body.count, len(PIGMENTS)))
    surface = np.zeros((body.count, 3))
    coats = [("skin", paint_skin(c), skin_surface(c)), *((p.name, p.paint, p.surface) for p in body.pieces)]
    for name, amounts, material in coats:
        where = body.slice(name)
        surface[where] = material
        for pigment, amount in amounts.items():
            paint[where, PIGMENTS.index(pigment)] = amount
    for (
        name
    ) in TEETH:  # all but the outside of the front ones is matt and red from the mouth: it would glitter like stones
        where, shown = body.slice(name), _shown(body, name) * (1.0 - _deep(body, name))
        surface[where, :2] = (0.75, 0.0) + shown[:, None] * (surface[where, :2] - (0.75, 0.0))
        paint[where, PIGMENTS.index("enamel")] *= 0.5 + 0.5 * shown
        paint[where, PIGMENTS.index("blood")] += 0.30 * (1.0 - shown)
    return {
        "pigments": np.array(PIGMENTS),
        "paint": _bytes(paint / 2.0),
        "surface": _bytes(surface),
        "occlusion": _bytes(bake(body)),
        "part": np.repeat(np.arange(len(body.parts)), np.diff(body.starts)).astype(np.uint8),
        "parts": np.array(body.parts),
    }


def bake(body: Body) -> np.ndarray:
    """(V,) occlusion at rest, but inside the mouth with the jaw dropped so that teeth are not black.

    Lashes throw none, and hair only on itself: other people wear it differently.
    """
    c = body.canvas
    vertices, faces = body.vertices(), body.faces()
    lash, hair, eyes = (body.slice(name) for name in ("lashes", "hair", "eyes"))
    bald = faces[~_within(faces, lash) & ~_within(faces, hair)]
    out = occlusion(vertices, bald)
    out[hair] = 0.25 + 0.75 * occlusion(vertices, faces[~_within(faces, lash)])[hair]
    dropped = vertices.copy()
    dropped[body.slice("skin")] = c.opened(c.skin.vertices, 0.8)
    for name in ("lower_teeth", "lower_gum", "tongue"):
        where = body.slice(name)
        dropped[where] = (vertices[where] - HINGE) @ hinge(0.8 * OPENING).T + HINGE
    gaping = occlusion(dropped, bald)
    inner = np.flatnonzero(c.lip & (c.inside > 0))
    out[inner] = 0.12 + 0.88 * gaping[inner]  # a mouth is dark red, not black
    out[: c.skin.count] = c.skin.smooth(out[: c.skin.count], 3)
    lids = np.flatnonzero(c.lid_out < 0.45)  # they move: what is in a fold at rest is in the light when they shut
    out[lids] = np.maximum(out[lids], 0.70)
    lining = np.flatnonzero(c.lid_under > 0)
    out[lining] = np.maximum(out[lining], 0.85 - 0.35 * np.sin(np.pi * c.lid_along[lining]))
    out[body.slice("caruncles")] = 0.8
    for name in INNER:
        out[body.slice(name)] = 0.35 + 0.65 * gaping[body.slice(name)] ** 0.7
    for name in TEETH:  # lamps behind the head must not reach them, and seen along the row they are no lump
        out[body.slice(name)] *= (0.18 + 0.82 * _shown(body, name)) * (1.0 - 0.75 * _deep(body, name))
    out[eyes] = np.maximum(out[eyes], 0.55)
    out[lash] = 1.0
    return out


def _shown(body: Body, name: str) -> np.ndarray:
    """(n,) 1 on the outer faces of a row of teeth, 0 on their insides and chewing faces."""
    where, vertices = body.slice(name), body.vertices()
    normals = normals_of(vertices, body.faces())[where]
    away = vertices[where] - vertices[where].mean(axis=0)
    away[:, 1], away[:, 2] = 0.0, np.maximum(away[:, 2], 0.0) + 0.5
    outwards = np.einsum("ni,ni->n", normals, away / np.linalg.norm(away, axis=1, keepdims=True))
    return smooth_step((outwards + 0.1) / 0.6)


def _deep(body: Body, name: str) -> np.ndarray:
    """(n,) how far back in the mouth teeth are: 0 at the incisors, 1 at the molars; a smile shows more of the upper ones."""
    front = body.vertices()[body.slice(name), 2]
    start, way = (0.7, 2.2) if name == "upper_teeth" else (0.3, 1.4)
    return smooth_step((front.max() - front - start) / way)


def _within(faces: np.ndarray, part: slice) -> np.ndarray:
    """(F,) whether faces belong to a part."""
    return (faces[:, 0] >= part.start) & (faces[:, 0] < part.stop)


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
