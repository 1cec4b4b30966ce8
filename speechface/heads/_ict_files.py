"""The .obj files of ICT-FaceKit: one mesh with materials, and many that only move its vertices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from speechface.errors import UserError


@dataclass(frozen=True, eq=False)
class Mesh:
    """places (V, 3) in the file's unit; faces (F, 3) triangles; material (F,) index into the names `materials`."""

    places: np.ndarray
    faces: np.ndarray
    material: np.ndarray
    materials: tuple[str, ...]


def read_mesh(path: Path) -> Mesh:
    """Vertices and triangles of an .obj file; polygons become fans. `UserError` where it is none."""
    content = _content(path)
    places = _places(content, path)
    names: list[str] = [""]
    triangles, material, now = [], [], 0
    try:
        for line in content.split(b"\n"):
            if line.startswith(b"f "):
                corners = [int(word.split(b"/")[0]) for word in line.split()[1:]]
                for second, third in pairwise(corners[1:]):
                    triangles.append((corners[0], second, third))
                    material.append(now)
            elif line.startswith(b"usemtl"):
                name = line[6:].strip().decode("utf-8", "replace")
                names += [] if name in names else [name]
                now = names.index(name)
    except ValueError as error:
        raise UserError(f"{path} is damaged: a face is not made of numbers") from error
    faces = np.array(triangles, dtype=np.int64).reshape(-1, 3)
    faces = np.where(faces < 0, faces + len(places), faces - 1)
    if not len(faces) or faces.min() < 0 or faces.max() >= len(places):
        raise UserError(f"{path} is damaged: its faces are no triangles of its {len(places)} vertices")
    return Mesh(places, faces, np.array(material), tuple(names))


def read_places(path: Path, count: int) -> np.ndarray:
    """(count, 3) vertices of an .obj file; `UserError` where there are more or fewer."""
    places = _places(_content(path), path)
    if len(places) != count:
        raise UserError(f"{path} has {len(places)} vertices, the neutral face {count}; they are of different kits")
    return places


def shape_files(folder: Path, name: str) -> list[Path]:
    """The files that make up one of ARKit's shapes: NAME.obj, NAME_L.obj for NAMELeft, or both sides; none if any lacks."""
    sided = {"Left": "_L", "Right": "_R"}
    for word, ending in sided.items():
        half = folder / f"{name.removesuffix(word)}{ending}.obj"
        if name.endswith(word) and half.is_file():
            return [half]
    if (folder / f"{name}.obj").is_file():
        return [folder / f"{name}.obj"]
    both = [folder / f"{name}{ending}.obj" for ending in sided.values()]
    return both if all(file.is_file() for file in both) else []


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def _places(content: bytes, path: Path) -> np.ndarray:
    lines = [line[2:] for line in content.split(b"\n") if line.startswith(b"v ")]
    if not lines:
        raise UserError(f"{path} is no .obj file of a face: it has no vertices")
    try:
        places = np.array(b" ".join(lines).split(), dtype=np.float64).reshape(len(lines), -1)[:, :3]
    except ValueError as error:
        raise UserError(f"{path} is damaged: a vertex is not made of numbers") from error
    if places.shape != (len(lines), 3) or not np.isfinite(places).all():
        raise UserError(f"{path} is damaged: its vertices are no points in space")
    return places
