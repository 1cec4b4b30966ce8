"""A folder of Wavefront .obj files, one a frame, with normals, vertex colours and a group for each part."""

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

SUFFIXES = (".obj",)


def write(animation: Animation, path: str | Path, head: Head, progress: Callable[[float], None] = unwatched) -> None:
    """Write PATH without its ending as a folder with NAME_00000.obj, NAME_00001.obj, ... and landmarks.json.

    Metres, Y up. Vertex colours are sRGB after the position, as MeshLab, Blender and trimesh read them.
    """
    from render.normals import Normals

    frames = motion.vertices(animation, head, progress)
    count = len(head.look.colour)
    faces = _faces(head)
    colours = to_srgb(head.look.colour)
    normals = Normals(head.faces, count)
    row = np.empty((count, 6))
    row[:, 3:] = colours
    direction = np.empty((count, 3), dtype=np.float32)
    points, arrows = "v %.6f %.6f %.6f %.4f %.4f %.4f\n" * count, "vn %.4f %.4f %.4f\n" * count

    def encode(frame: np.ndarray) -> bytes:
        normals.fill(frame, direction)
        row[:, :3] = frame
        text = points % tuple(row.ravel().tolist()) + arrows % tuple(direction.ravel().tolist())
        return (text + faces).encode("ascii")

    write_frames(Path(path), head, frames, encode)


def _faces(head: Head) -> str:
    """The lines that group the faces by part; the same in every frame."""
    part = head.look.part[head.faces[:, 0]]
    lines = []
    for index, name in enumerate(head.look.parts):
        chosen = head.faces[part == index] + 1
        if len(chosen):
            lines.append(f"g {name}\n")
            corners = np.repeat(chosen, 2, axis=1).ravel().tolist()
            lines.append("f %d//%d %d//%d %d//%d\n" * len(chosen) % tuple(corners))
    return "".join(lines)
