"""A folder of binary .ply files, one a frame, with normals and vertex colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from render import motion
from render.export._frames import write_frames
from render.tone import to_srgb
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".ply",)

_VERTEX = np.dtype([("place", "<f4", 3), ("normal", "<f4", 3), ("colour", "u1", 3)])
_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def write(animation: Animation, path: str | Path, head: Head, progress: Callable[[float], None] = unwatched) -> None:
    """Write PATH without its ending as a folder with NAME_00000.ply, NAME_00001.ply, ... and landmarks.json.

    Metres, Y up; colours are sRGB.
    """
    from render.normals import Normals

    frames = motion.vertices(animation, head, progress)
    vertices = np.empty(len(head.look.colour), dtype=_VERTEX)
    vertices["colour"] = np.rint(255.0 * to_srgb(head.look.colour))
    faces = np.empty(len(head.faces), dtype=_FACE)
    faces["count"], faces["corners"] = 3, head.faces
    direction = np.empty((len(vertices), 3), dtype=np.float32)
    normals = Normals(head.faces, len(vertices))
    start, end = _header(len(vertices), len(faces)), faces.tobytes()

    def encode(frame: np.ndarray) -> bytes:
        normals.fill(frame, direction)
        vertices["place"], vertices["normal"] = frame, direction
        return start + vertices.tobytes() + end

    write_frames(Path(path), head, frames, encode)


def _header(vertices: int, faces: int) -> bytes:
    floats = "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
    bytes_ = "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
    return (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {vertices}\n{floats}{bytes_}"
        f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode("ascii")
