"""Reading a bare mesh: the vertices of an .obj, .ply or .stl in the order of the file, its faces as triangles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from speechface.errors import UserError

LEAST, MOST = 200, 400_000


@dataclass(frozen=True, eq=False)
class Bare:
    """points (n, 3) in the file's unit and axes, faces (F, 3), colour (n, 3) sRGB 0..1 or None."""

    points: np.ndarray
    faces: np.ndarray
    colour: np.ndarray | None = None


def read(path: Path) -> Bare:
    """Read a mesh; `UserError` where it is none, has no faces, or far too few or too many vertices for a face."""
    try:
        mesh = _read_obj(path) if path.suffix.lower() == ".obj" else _read_other(path)
    except UserError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"cannot read {path}: {reason}; give the path of an .obj, .ply or .stl file") from None
    except Exception as error:  # readers of other people's files fail in any way there is
        reason = str(error).split("\n")[0][:80]
        raise UserError(f"{path} is not a mesh that can be read ({reason}); export it again as .obj") from None
    if not len(mesh.faces) or not len(mesh.points):
        raise UserError(f"{path} holds no faces; export the head as a mesh, not as curves or points")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.points) or not np.isfinite(mesh.points).all():
        raise UserError(f"{path} is damaged: a face names a vertex that is not there or is nowhere; export it again")
    if not LEAST <= len(mesh.points) <= MOST:
        raise UserError(f"{path} has {len(mesh.points)} vertices; a face needs {LEAST} to {MOST}")
    return mesh


def _read_obj(path: Path) -> Bare:
    points: list[list[float]] = []
    colours: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("v "):
                numbers = [float(word) for word in line.split()[1:]]
                points.append(numbers[:3])
                if len(numbers) == 6:
                    colours.append(numbers[3:])
            elif line.startswith("f "):
                named = [int(word.split("/", 1)[0]) for word in line.split()[1:]]
                corners = [number - 1 if number > 0 else len(points) + number for number in named]
                faces += [(corners[0], one, two) for one, two in pairwise(corners[1:])]
    painted = np.array(colours) if points and len(colours) == len(points) else None
    return Bare(np.array(points).reshape(-1, 3), np.array(faces, dtype=np.int64).reshape(-1, 3), painted)


def _read_other(path: Path) -> Bare:
    import trimesh

    with open(path, "rb") as file:
        made = trimesh.load(file, file_type=path.suffix[1:].lower(), process=False)
    if not isinstance(made, trimesh.Trimesh):
        return Bare(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    if path.suffix.lower() == ".stl":  # every triangle has its own corners there
        made.merge_vertices()
    colour = None
    if isinstance(made.visual, trimesh.visual.ColorVisuals) and made.visual.kind == "vertex":
        colour = np.asarray(made.visual.vertex_colors, dtype=np.float64)[:, :3] / 255.0
    return Bare(np.array(made.vertices, dtype=np.float64), np.array(made.faces, dtype=np.int64), colour)
