"""A glTF scene as one mesh at rest: where its vertices are, what the expressions do to them, which bone carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speechface.errors import UserError
from speechface.heads._bones import BONES, Nodes
from speechface.heads._expressions import Expression
from speechface.heads._gltf_file import Document
from speechface.heads._surface import Materials

CLEAR = 0.35
"""Opacity below which a face is left out: lashes, overlays and hair are painted on sheets that are mostly clear."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """rest: (V, 3) in the file's units and axes. faces: (F, 3). moves: (E, V, 3) of each expression. colour: (V, 3).

    carried: (V, 5) share of nothing, head, jaw, left and right eye in carrying each vertex. roughness: (V,).
    part: (V,) index into `parts`, the names of the materials.
    """

    rest: np.ndarray
    faces: np.ndarray
    moves: np.ndarray
    carried: np.ndarray
    colour: np.ndarray
    roughness: np.ndarray
    part: np.ndarray
    parts: tuple[str, ...]

    def only(self, wanted: np.ndarray) -> Mesh:
        """The mesh of the faces of which a mask (V,) has a corner."""
        faces = self.faces[wanted[self.faces].any(axis=1)]
        kept, corners = np.unique(faces, return_inverse=True)
        rows = (self.carried[kept], self.colour[kept], self.roughness[kept], self.part[kept])
        return Mesh(self.rest[kept], corners.reshape(-1, 3), self.moves[:, kept], *rows, self.parts)


def gather(document: Document, nodes: Nodes, expressions: Sequence[Expression], materials: Materials) -> Mesh:
    """Everything the scene shows; `UserError` where it has no faces."""
    found, parts = [], list[str]()
    for node in nodes.shown:
        number = document.list("nodes")[node].get("mesh")
        if number is None:
            continue
        for primitive in document.list("meshes")[number]["primitives"]:
            piece = _piece(document, nodes, node, primitive, expressions, materials)
            if piece is not None:
                parts.append(_name(document, primitive, number))
                found.append(piece)
    if not found:
        raise UserError(f"{document.path} shows no mesh; export the character with its mesh")
    starts = np.cumsum([0] + [len(piece[0]) for piece in found])
    rest, faces, moves, carried, colour, roughness = (
        [piece[column] for piece in found] for column in range(6)
    )  # fmt: skip
    return Mesh(
        np.concatenate(rest),
        np.concatenate([face + start for face, start in zip(faces, starts, strict=False)]),
        np.concatenate(moves, axis=1),
        np.concatenate(carried),
        np.concatenate(colour),
        np.concatenate(roughness),
        np.repeat(np.arange(len(found)), np.diff(starts)).astype(np.uint8),
        tuple(parts),
    )


def _name(document: Document, primitive: dict, mesh: int) -> str:
    """Of a primitive: its material's, else its mesh's; renderers know lashes and brows by it."""
    material = primitive.get("material")
    named = document.list("materials")[material] if material is not None else document.list("meshes")[mesh]
    return str(named.get("name", "skin"))


def _piece(
    document: Document,
    nodes: Nodes,
    node: int,
    primitive: dict,
    expressions: Sequence[Expression],
    materials: Materials,
) -> tuple[np.ndarray, ...] | None:
    """Rest, faces, moves, carried, colour and roughness of one primitive; None for one without faces."""
    attributes = primitive["attributes"]
    for name in primitive.get("extensions") or {}:
        if "draco" in name.lower():
            raise UserError(f"{document.path} is compressed with Draco; export it again without compression")
    if "POSITION" not in attributes or primitive.get("mode", 4) < 4:
        return None
    points = document.accessor(attributes["POSITION"]).astype(np.float64)
    faces = _faces(document, primitive, len(points))
    if not len(faces):
        return None
    blend, carried = _skinned(document, nodes, node, attributes, len(points))
    targets, default = primitive.get("targets") or [], _defaults(document, node)
    moves = np.zeros((len(expressions), len(points), 3), dtype=np.float32)
    driven = {target for one in expressions for where, target, _ in one.binds if where == node}
    for number, target in enumerate(targets):
        amounts = [sum(w for where, which, w in one.binds if (where, which) == (node, number)) for one in expressions]
        plain = default[number] if number < len(default) and number not in driven else 0.0
        if "POSITION" in target and (plain or any(amounts)):
            delta = document.accessor(target["POSITION"])
            points += plain * delta
            for row in np.flatnonzero(amounts):
                moves[row] += amounts[row] * delta
    rest = np.einsum("vij,vj->vi", blend[:, :3, :3], points) + blend[:, :3, 3]
    moves = np.einsum("vij,evj->evi", blend[:, :3, :3].astype(np.float32), moves)
    colour, rough = materials.colours(primitive, len(points))
    faces = faces[colour[faces, 3].mean(axis=1) >= CLEAR]
    if not len(faces):
        return None
    normals = document.accessor(attributes["NORMAL"]) if "NORMAL" in attributes else np.zeros((len(points), 3))
    kept, faces = _welded(rest, moves, normals, carried, faces)
    solid = np.full(len(kept), rough, dtype=np.float32)
    return rest[kept], faces, moves[:, kept], carried[kept], colour[kept, :3], solid


def _faces(document: Document, primitive: dict, count: int) -> np.ndarray:
    """(F, 3) triangles of a list, a strip or a fan."""
    number = primitive.get("indices")
    index = np.arange(count) if number is None else document.accessor(number)[:, 0].astype(np.int64)
    if len(index) and index.max() >= count:
        raise UserError(f"{document.path} is damaged: a face names a vertex that is not there; export it again")
    mode = primitive.get("mode", 4)
    if mode == 4:
        return index[: len(index) // 3 * 3].reshape(-1, 3)
    if mode == 6:
        return np.stack(
            [np.full(max(len(index) - 2, 0), index[0] if len(index) else 0), index[1:-1], index[2:]], axis=1
        )
    strip = np.stack([index[:-2], index[1:-1], index[2:]], axis=1)
    strip[1::2] = strip[1::2, [1, 0, 2]]
    return strip


def _skinned(
    document: Document, nodes: Nodes, node: int, attributes: dict, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """(count, 4, 4) the matrix that puts each vertex in its place at rest, and (count, 5) which bones carry it."""
    columns = {name: column for column, name in enumerate(("", *BONES))}
    skin = document.list("nodes")[node].get("skin")
    if skin is None or "JOINTS_0" not in attributes:
        carried = np.zeros((count, len(columns)), dtype=np.float32)
        carried[:, columns[nodes.carrier(node)]] = 1.0
        return np.tile(nodes.world[node], (count, 1, 1)), carried
    told = document.list("skins")[skin]
    bound = np.tile(np.eye(4), (len(told["joints"]), 1, 1))
    if told.get("inverseBindMatrices") is not None:
        bound = document.accessor(told["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2).astype(np.float64)
    matrices = nodes.world[told["joints"]] @ bound[: len(told["joints"])]
    shares = np.zeros((count, len(matrices)), dtype=np.float32)
    for number in range(4):
        if f"JOINTS_{number}" in attributes:
            joints = document.accessor(attributes[f"JOINTS_{number}"]).astype(np.int64)
            weights = document.accessor(attributes[f"WEIGHTS_{number}"]).astype(np.float32)
            for joint, weight in zip(joints.T, weights.T, strict=True):
                np.add.at(shares, (np.arange(count), np.minimum(joint, len(matrices) - 1)), weight)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
    carried = np.zeros((count, len(columns)), dtype=np.float32)
    for joint, share in zip(told["joints"], shares.T, strict=True):
        carried[:, columns[nodes.carrier(joint)]] += share
    return (shares @ matrices.reshape(len(matrices), 16)).reshape(-1, 4, 4), carried


def _defaults(document: Document, node: int) -> list[float]:
    """Weights of a node's morph targets where nobody animates them."""
    one = document.list("nodes")[node]
    return one.get("weights") or document.list("meshes")[one["mesh"]].get("weights") or []


def _welded(
    rest: np.ndarray, moves: np.ndarray, normals: np.ndarray, carried: np.ndarray, faces: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices to keep and faces among them: those that only a seam of the texture divides become one.

    They lie, move and face the same way; a lip that lies on the other one does not move with it.
    """
    used = np.unique(faces)
    size = max(float(np.ptp(rest[used], axis=0).max()), 1e-9)
    marks = [np.rint(rest[used] / size * 1e6), np.rint(normals[used] * 50.0), np.rint(carried[used] * 100.0)]
    draw = np.random.default_rng(0).normal(size=(max(len(moves), 1), 3))
    marks.append(np.rint(np.einsum("evi,ei->v", moves[:, used], draw[: len(moves)])[:, None] / size * 1e5))
    _, first, which = np.unique(np.concatenate(marks, axis=1), axis=0, return_index=True, return_inverse=True)
    place = np.zeros(len(rest), dtype=np.int64)
    place[used] = which.reshape(-1)
    welded = place[faces]
    whole = (welded != np.roll(welded, 1, axis=1)).all(axis=1)
    return used[first], welded[whole]
