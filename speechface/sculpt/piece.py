"""`Piece`: a part of the head beside the skin (an eye, teeth, hair), and meshes made of rows of vertices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Piece:
    """Vertices (N, 3), triangles (F, 3), what they are made of and what carries them.

    mirror: (N,) vertex of the same piece on the other side of the face, -1 where the piece is not symmetric.
    paint: (N,) amount of every pigment of `palette.PIGMENTS` it uses. surface: (N, 3) roughness, specular, subsurface.
    carrier: the joint that carries it, or "skin" for what follows the skin. root: (N,) vertex of the same piece at whose
    place on the skin each vertex is fastened (the foot of a lash; a brow's vertices are their own).
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    mirror: np.ndarray
    carrier: str
    paint: dict[str, np.ndarray]
    surface: np.ndarray
    root: np.ndarray

    @property
    def count(self) -> int:
        return len(self.vertices)


def make(
    name: str,
    vertices: np.ndarray,
    faces: np.ndarray,
    carrier: str,
    paint: dict,
    surface: tuple,
    root: np.ndarray | None = None,
) -> Piece:
    """A piece that is not symmetric; paint and surface may be numbers or one value a vertex."""
    count = len(vertices)
    coat = {layer: np.broadcast_to(np.asarray(amount, float), count).copy() for layer, amount in paint.items()}
    material = np.stack([np.broadcast_to(np.asarray(value, float), count) for value in surface], axis=1)
    root = np.arange(count) if root is None else root
    return Piece(
        name, np.asarray(vertices, float), np.asarray(faces), np.full(count, -1), carrier, coat, material, root
    )


def reflected(piece: Piece) -> Piece:
    """The piece on the other side of the face."""
    return replace(piece, vertices=piece.vertices * MIRROR, faces=piece.faces[:, ::-1])


def join(pieces: list[Piece], name: str | None = None, pairs: bool = False) -> Piece:
    """One piece of several with the same carrier; with `pairs`, piece 2k + 1 is the reflection of piece 2k."""
    starts = np.cumsum([0, *(piece.count for piece in pieces)])
    layers = sorted({layer for piece in pieces for layer in piece.paint})
    mirror = []
    for number, piece in enumerate(pieces):
        if pairs:
            mirror.append(np.arange(piece.count) + starts[number ^ 1])
        else:
            mirror.append(np.where(piece.mirror < 0, -1, piece.mirror + starts[number]))
    return Piece(
        name or pieces[0].name,
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=False)]),
        np.concatenate(mirror),
        pieces[0].carrier,
        {
            layer: np.concatenate([piece.paint.get(layer, np.zeros(piece.count)) for piece in pieces])
            for layer in layers
        },
        np.concatenate([piece.surface for piece in pieces]),
        np.concatenate([piece.root + start for piece, start in zip(pieces, starts, strict=False)]),
    )


def self_mirrored(piece: Piece, digits: int = 5) -> Piece:
    """The piece with `mirror` found from its own symmetric vertices; `ValueError` if it is not symmetric."""
    from scipy.spatial import cKDTree

    far, other = cKDTree(piece.vertices).query(piece.vertices * MIRROR)
    if far.max() > 10.0**-digits or not np.array_equal(other[other], np.arange(piece.count)):
        raise ValueError(f"{piece.name} is not symmetric: {far.max():.2g} cm")
    return replace(piece, mirror=other)


def lattice(rows: int, columns: int, closed: bool = False) -> np.ndarray:
    """(F, 3) triangles of a grid of rows x columns vertices, row-major; `closed` joins the last column to the first."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns - (not closed)), indexing="ij")
    a, b = (row * columns + column).ravel(), (row * columns + (column + 1) % columns).ravel()
    return np.concatenate([np.stack([a, b, b + columns], axis=1), np.stack([a, b + columns, a + columns], axis=1)])


def ribbons(count: int, steps: int, wide: int = 2) -> np.ndarray:
    """(F, 3) triangles of `count` separate strips of `steps` x `wide` vertices."""
    one = lattice(steps, wide)
    return (one[None] + (np.arange(count) * steps * wide)[:, None, None]).reshape(-1, 3)


def outward(vertices: np.ndarray, faces: np.ndarray, centre: np.ndarray | None = None) -> np.ndarray:
    """Faces turned so that they look away from `centre` (the mean of the vertices) on the whole."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    away = (a + b + c) / 3 - (vertices.mean(axis=0) if centre is None else centre)
    return faces if np.sum(away * np.cross(b - a, c - a)) > 0 else faces[:, ::-1]
