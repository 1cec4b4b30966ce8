"""trimesh's non-rigid registrations against ours: the open head's face laid on three others whose points are known.

    python benchmarks/compare_registration.py [ours amberg sumner] [--on twin coarse longer]

Needs `rtree` for trimesh's two. Every face starts in its place and size, with three landmarks (nose, mouth, chin).
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from speechface import heads
from speechface.heads._correspondence import Surface, largest_piece, similarity
from speechface.heads._laid_source import open_head, skin_of_open_head
from speechface.heads._onto_mesh import distances
from speechface.heads._registration import lay

MARKS = ("lm68_30", "inner_lip_upper", "lm68_08")


def faces() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Faces of other people by name: points and faces of the mesh, and the true places (S, 3) of the source's vertices.

    twin: another person with the same triangles. coarse: the same cut into 3,500 irregular triangles. longer: bent further
    from the open head than its people are.
    """
    _, at, _ = skin_of_open_head()
    source = skin_of_open_head()[0]
    other = heads.load("open:preview,character=otto").rest[at].astype(np.float64)
    x, y, z = other.T
    bent = np.column_stack([x * (1.08 + 0.4 * y), 1.12 * y + 0.05 * x + 0.002 * np.sin(60 * x), 1.05 * z + 0.1 * y])
    out = {"twin": (other, source.faces, other), "longer": (bent, source.faces, bent)}
    return out | {"coarse": (*_patches(other, source.faces, 3500), other)}


def _patches(points: np.ndarray, faces: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The mesh of the nearest of some vertices chosen by chance, along the surface."""
    chosen = np.random.default_rng(1).choice(np.unique(faces), count, replace=False)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1) + 1e-7
    graph = coo_matrix((length, ends.T), shape=(len(points),) * 2).tocsr()
    owner = dijkstra(graph.maximum(graph.T), False, chosen, min_only=True, return_predecessors=True)[2]
    number = np.full(len(points), -1)
    number[chosen] = np.arange(count)
    found = number[owner][faces]
    found = found[(found != np.roll(found, 1, axis=1)).all(axis=1)]
    return points[chosen], found[np.unique(np.sort(found, axis=1), axis=0, return_index=True)[1]]


def laid(method: str, points: np.ndarray, triangles: np.ndarray, pins: dict[int, np.ndarray]) -> np.ndarray:
    """(S, 3) the source's vertices on a face; those that a method is not given, not a number."""
    import trimesh
    from trimesh import registration

    source, at, outer = skin_of_open_head()
    head = open_head()
    if method == "ours":
        number = {int(vertex): row for row, vertex in enumerate(at)}
        line = np.array([number[int(vertex)] for vertex in np.unique(head.lip_contact)])
        return lay(source, outer, Surface(points, triangles, np.zeros(len(points))), line, pins).points
    kept = source.faces[_seen()[source.faces].all(axis=1)]
    sides = [np.linalg.norm(source.points[kept[:, k]] - source.points[kept[:, k - 1]], axis=1) for k in range(3)]
    kept = kept[np.min(sides, axis=0) > 1e-6]  # nricp_amberg divides by the length of edges
    kept = kept[largest_piece(len(at), kept, source.points)[kept[:, 0]]]
    rows = np.unique(kept)
    place = np.full(len(at), -1)
    place[rows] = np.arange(len(rows))
    start = trimesh.Trimesh(source.points[rows], place[kept], process=False)
    target = trimesh.Trimesh(points, triangles, process=False)
    marks = np.array([place[row] for row in pins]), np.stack(list(pins.values()))
    call = {"amberg": registration.nricp_amberg, "sumner": registration.nricp_sumner}[method]
    out = np.full((len(at), 3), np.nan)
    out[rows] = call(start, target, source_landmarks=marks[0], target_positions=marks[1])
    return out


def _seen() -> np.ndarray:
    """(S,) vertices of the face: in front, above the neck, not in the mouth. trimesh's get nothing else: it would take hours."""
    source, _, outer = skin_of_open_head()
    head = open_head()
    return outer & (source.points[:, 2] > 0.02) & (source.points[:, 1] > head.rest[head.landmarks["chin"], 1] - 0.02)


def main() -> None:
    """Print a row for every method and face."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="*", default=["ours", "amberg", "sumner"])
    parser.add_argument("--on", nargs="*", default=["twin", "coarse", "longer"])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    source, at, _ = skin_of_open_head()
    head = open_head()
    number = {int(vertex): row for row, vertex in enumerate(at)}
    seen = _seen()
    lips = np.zeros(len(at), dtype=bool)
    lips[[number[int(vertex)] for vertex in np.unique(head.lip_contact)]] = True
    near = np.linalg.norm(source.points - source.points[lips].mean(axis=0), axis=1) < 0.03
    print("face    method  CPU s  distance mean, 95 % mm   wrong by mean, 95 % mm   round the mouth  lip to lip")
    for name in given.on:
        points, triangles, true = faces()[name]
        scale, turn, shift = similarity(source.points[seen], true[seen])
        points, true = ((values - shift) @ turn / scale for values in (points, true))
        pins = {number[head.landmarks[mark]]: true[number[head.landmarks[mark]]] for mark in MARKS}
        for method in given.methods:
            began = time.process_time()
            made = laid(method, points, triangles, pins)
            took = time.process_time() - began
            known = seen & np.isfinite(made[:, 0])
            away = 1e3 * distances(made[known], Surface(points, triangles, np.zeros(len(points))))
            wrong = 1e3 * np.linalg.norm(made - true, axis=1)
            upper, lower = (np.array([number[int(v)] for v in row]) for row in head.lip_contact)
            parted = np.nanmean(1e3 * np.linalg.norm(made[upper] - made[lower], axis=1))
            print(
                f"{name:7} {method:7} {took:5.0f}  {away.mean():8.2f} {np.quantile(away, 0.95):8.2f}       "
                f"{wrong[known].mean():8.2f} {np.quantile(wrong[known], 0.95):8.2f}       "
                f"{wrong[known & near].mean():8.2f}  {parted:12.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
