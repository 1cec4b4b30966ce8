"""Locks of hair: where on its lock every vertex of hair lies, so that strands and the shine across them can be drawn.

Hair is modelled as locks, strips much wider than a hair. What makes them look like hair is light: a strand reflects like a
thin cylinder, whatever way the strip faces, and neighbouring strands differ a little.
"""

from __future__ import annotations

import numpy as np

from render.compiling import compiled
from render.normals import Normals
from render.scene import Scene

STRAND = 0.0007
"""Metres from strand to strand on a head of ordinary size."""
PIECE = 0.004
"""Metres of lock over which its middle line is averaged."""
APART = 13.7
"""What is added to the third coordinate from lock to lock."""


def coordinates(scene: Scene, part: str = "hair") -> tuple[int, np.ndarray]:
    """The number of the part, -1 if there is none, and (V, 3) float32: metres across the lock, metres along it, which lock.

    A lock is what hangs together by triangles; along it is the way from its far end over its edges. Vertices of other parts
    get zeros.
    """
    out = np.zeros((len(scene.rest), 3), dtype=np.float32)
    if part not in scene.look.parts:
        return -1, out
    number = scene.look.parts.index(part)
    faces = scene.faces[scene.look.part[scene.faces[:, 0]] == number]
    if not len(faces):
        return -1, out
    used, corners = np.unique(faces, return_inverse=True)
    points = scene.rest[used].astype(np.float64)
    lock, along = _follow(points, corners.reshape(-1, 3))
    normals = np.empty_like(scene.rest)
    Normals(scene.faces, len(scene.rest)).fill(scene.rest, normals)
    out[used, 0] = _across(points, normals[used], lock, along, PIECE * scene.scale)
    out[used, 1] = along
    out[used, 2] = lock * APART
    return number, out


@compiled
def directions(mesh, faces, tangents):
    """Fill tangents (V, 3) of the vertices of faces (F, 3) with the direction of their lock, now; the length means nothing.

    mesh: (V, 16) with the position first and the metres along the lock in column 14.
    """
    for face in range(len(faces)):
        for corner in range(3):
            for axis in range(3):
                tangents[faces[face, corner], axis] = 0.0
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ux, uy, uz = mesh[b, 0] - mesh[a, 0], mesh[b, 1] - mesh[a, 1], mesh[b, 2] - mesh[a, 2]
        vx, vy, vz = mesh[c, 0] - mesh[a, 0], mesh[c, 1] - mesh[a, 1], mesh[c, 2] - mesh[a, 2]
        du, dv = mesh[b, 14] - mesh[a, 14], mesh[c, 14] - mesh[a, 14]
        uu, uv, vv = ux * ux + uy * uy + uz * uz, ux * vx + uy * vy + uz * vz, vx * vx + vy * vy + vz * vz
        # In the triangle, the way along the lock grows fastest in this direction.
        along_u, along_v = vv * du - uv * dv, uu * dv - uv * du
        for corner in range(3):
            vertex = faces[face, corner]
            tangents[vertex, 0] += along_u * ux + along_v * vx
            tangents[vertex, 1] += along_u * uy + along_v * vy
            tangents[vertex, 2] += along_u * uz + along_v * vz


def _follow(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of the lock (N,) of each point, and the way (N,) in metres from the end of it."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components, dijkstra

    start, end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    length = np.linalg.norm(points[start] - points[end], axis=1) + 1e-9
    edges = coo_matrix((length, (start, end)), shape=(len(points), len(points))).tocsr()
    edges = edges.maximum(edges.T)
    count, lock = connected_components(edges, directed=False)
    ends = np.unique(lock, return_index=True)[1]
    for _ in range(2):  # the farthest from anywhere is an end; the way from there is the way along
        along = dijkstra(edges, directed=False, indices=ends, min_only=True)
        order = np.lexsort((along, lock))
        ends = order[np.searchsorted(lock[order], np.arange(count), side="right") - 1]
    return lock, along


def _across(points: np.ndarray, normals: np.ndarray, lock: np.ndarray, along: np.ndarray, piece: float) -> np.ndarray:
    """(N,) signed metres from the middle line of each point's lock, in the surface."""
    step = np.floor(along / piece).astype(np.int64)
    key, group = np.unique(lock * (step.max() + 3) + step, return_inverse=True)
    size = np.bincount(group)[:, None]
    middle = np.stack([np.bincount(group, points[:, axis]) for axis in range(3)], axis=1) / size
    # The direction of a piece is from the one before to the one after it, where they belong to the same lock.
    before, after = np.maximum(np.arange(len(key)) - 1, 0), np.minimum(np.arange(len(key)) + 1, len(key) - 1)
    owner = key // (step.max() + 3)
    before = np.where(owner[before] == owner, before, np.arange(len(key)))
    after = np.where(owner[after] == owner, after, np.arange(len(key)))
    direction = (middle[after] - middle[before])[group]
    sideways = np.cross(normals, direction)
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True) + 1e-12
    return np.einsum("nk,nk->n", points - middle[group], sideways)
