"""Vertex normals of a moving mesh: the mean of the normals of the faces round a vertex, by area."""

from __future__ import annotations

import math

import numpy as np

from render.compiling import compiled_single


class Normals:
    """Normals of one mesh, frame after frame; not to be shared by threads."""

    def __init__(self, faces: np.ndarray, count: int) -> None:
        """faces: (F, 3) triangles of `count` vertices."""
        self.faces = np.ascontiguousarray(faces, dtype=np.int32)
        corner = self.faces.reshape(-1)
        self._members = (np.argsort(corner, kind="stable") // 3).astype(np.int32)
        self._starts = np.zeros(count + 1, dtype=np.int32)
        np.cumsum(np.bincount(corner, minlength=count), out=self._starts[1:])
        self._face_normals = np.empty((len(self.faces), 4), dtype=np.float32)

    def fill(self, vertices: np.ndarray, out: np.ndarray, column: int = 0) -> None:
        """Write the unit normals of vertices (V, 3) to three columns of out (V, ...), both float32 and contiguous.

        A vertex of no face, or of faces without area, gets zeros.
        """
        _fill(vertices, self.faces, self._starts, self._members, self._face_normals, out, column)


@compiled_single
def _fill(vertices, faces, starts, members, face_normals, out, column):
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        ux, uy, uz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
        vx, vy, vz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
        face_normals[face, 0] = uy * vz - uz * vy
        face_normals[face, 1] = uz * vx - ux * vz
        face_normals[face, 2] = ux * vy - uy * vx
    for vertex in range(len(vertices)):
        x, y, z = 0.0, 0.0, 0.0
        for at in range(starts[vertex], starts[vertex + 1]):
            face = members[at]
            x += face_normals[face, 0]
            y += face_normals[face, 1]
            z += face_normals[face, 2]
        length = math.sqrt(x * x + y * y + z * z)
        scale = 1.0 / length if length > 0.0 else 0.0
        out[vertex, column], out[vertex, column + 1], out[vertex, column + 2] = x * scale, y * scale, z * scale
