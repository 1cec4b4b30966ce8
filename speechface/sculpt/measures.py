"""Measures of a posed head, independent of how it was made: lips' gap and crossing, teeth in flesh, lids and eyeballs.

Everything works on vertices (V, 3) in metres of a finished head; gaps are given in millimetres.
"""

from __future__ import annotations

import numpy as np

from speechface.sculpt.skin import normals_of

MM = 1000.0


def inside(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray, way: tuple = (0.013, 0.017, 1.0)) -> np.ndarray:
    """(N,) whether points (N, 3) lie in the flesh of a closed surface: a ray from them crosses it an odd number of times."""
    way = np.asarray(way) / np.linalg.norm(way)
    aside = np.cross((0.0, 1.0, 0.0), way)
    frame = np.stack([aside / np.linalg.norm(aside), np.cross(way, aside / np.linalg.norm(aside)), way])
    p, v = points @ frame.T, vertices @ frame.T
    a, b, c = v[faces].transpose(1, 0, 2)
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    near = np.all((high[:, :2] >= p[:, :2].min(axis=0)) & (low[:, :2] <= p[:, :2].max(axis=0)), axis=1)
    near &= high[:, 2] >= p[:, 2].min()
    a, b, c, low, high = (x[near] for x in (a, b, c, low, high))
    point, face = _pairs(p[:, :2], low[:, :2], high[:, :2])
    q, a, b, c = p[point], a[face], b[face], c[face]
    first, second, third = (_turn(x, y, q) for x, y in ((b, c), (c, a), (a, b)))
    area = first + second + third
    hit = ((first >= 0) & (second >= 0) & (third >= 0)) | ((first <= 0) & (second <= 0) & (third <= 0))
    hit &= np.abs(area) > 1e-18
    depth = (first * a[:, 2] + second * b[:, 2] + third * c[:, 2]) / np.where(area == 0, 1, area)
    return np.bincount(point[hit & (depth > q[:, 2])], minlength=len(points)) % 2 == 1


def bag_outside(vertices: np.ndarray, faces: np.ndarray, bag: np.ndarray) -> int:
    """How many vertices of the mouth bag stick out of the face: just under them there must be flesh."""
    under = vertices[bag] - 0.0003 * normals_of(vertices, faces)[bag]
    return int(np.count_nonzero(~inside(under, vertices, faces)))


def lip_gap(vertices: np.ndarray, landmarks: dict[str, int]) -> np.ndarray:
    """(...,) mm between the lips in the middle; below 0 where they cross. The measure of the whole project."""
    return (vertices[..., landmarks["inner_lip_upper"], 1] - vertices[..., landmarks["inner_lip_lower"], 1]) * MM


def lip_crossing(vertices: np.ndarray, contact: np.ndarray) -> float:
    """mm by which the lower lip stands above the upper at worst, along the whole contact line; `contact` (2, M)."""
    lower, upper = vertices[contact[0]], vertices[contact[1]]
    order = np.argsort(upper[:, 0])
    height = np.interp(lower[:, 0], upper[order, 0], upper[order, 1])
    return float(np.max(lower[:, 1] - height)) * MM


def lid_gap(vertices: np.ndarray, edges: np.ndarray) -> tuple[float, float]:
    """mm of the widest gap and of the worst crossing between the lids' edges (2, M) of one eye."""
    lower, upper = vertices[edges[0]], vertices[edges[1]]
    order = np.argsort(upper[:, 0])
    gap = np.interp(lower[:, 0], upper[order, 0], upper[order, 1]) - lower[:, 1]
    return float(gap.max()) * MM, float(-gap.min()) * MM


def eye_clearance(vertices: np.ndarray, lid_faces: np.ndarray, eye: slice) -> float:
    """mm by which the outside of the lids `lid_faces` (F, 3) stays off the eyeball at least, seen from its middle."""
    ball = vertices[eye]
    centre = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
    out = ball - centre
    radius = np.linalg.norm(out, axis=1)
    lid = vertices[lid_faces] - centre
    middle = np.concatenate([lid.mean(axis=1), lid.reshape(-1, 3)])
    far = np.linalg.norm(middle, axis=1)
    near = middle @ (out / radius[:, None]).T
    closest = np.argmax(near, axis=1)  # the eyeball's vertex in the same direction
    return float(np.min(far - radius[closest])) * MM


def _turn(a: np.ndarray, b: np.ndarray, q: np.ndarray) -> np.ndarray:
    return (b[:, 0] - a[:, 0]) * (q[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (q[:, 0] - a[:, 0])


def _pairs(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of (point, box) pairs where a point (N, 2) may lie in a box (F, 2), through a table of cells."""
    start, span = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    cells = 48

    def cell(x: np.ndarray) -> np.ndarray:
        return np.clip(((x - start) / span * cells).astype(int), 0, cells - 1)

    home = cell(points) @ (cells, 1)
    order = np.argsort(home, kind="stable")
    first = np.searchsorted(home[order], np.arange(cells * cells + 1))
    box_low, box_high = cell(low), cell(high)
    size = box_high - box_low + 1
    count = size[:, 0] * size[:, 1]
    face = np.repeat(np.arange(len(low)), count)
    number = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    width = size[face, 1]
    place = (box_low[face, 0] + number // width) * cells + box_low[face, 1] + number % width
    held = first[place + 1] - first[place]
    pair_face = np.repeat(face, held)
    offset = np.arange(len(pair_face)) - np.repeat(np.cumsum(held) - held, held)
    point = order[np.repeat(first[place], held) + offset]
    ok = np.all((points[point] >= low[pair_face]) & (points[point] <= high[pair_face]), axis=1)
    return point[ok], pair_face[ok]
