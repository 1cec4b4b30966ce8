"""All pieces of a built head as one mesh: vertices, shapes, joints, landmarks and looks in arrays."""

from __future__ import annotations

import numpy as np

from speechface.heads._laid_parts import Part, eye_centre
from speechface.heads._laid_source import open_head, skin_of_open_head
from speechface.heads._onto_mesh import local_similarity
from speechface.heads._pose_search import Pose

LEAST = 4e-6
"""Metres below which a movement is left out."""


def as_arrays(
    parts: list[Part], order: np.ndarray, doubled: int, pose: Pose, unit: float, laid: np.ndarray, label: np.ndarray
) -> dict[str, np.ndarray]:
    """All parts as one mesh in metres and the project's axes: the file's vertices first, in its order, then added ones."""
    head = open_head()
    scale, turn, shift = unit * pose.scale, pose.axes.T @ pose.turn, unit * pose.shift @ pose.axes
    counts = [len(part.points) for part in parts]
    own = len(order)
    skin = counts[0] - doubled
    place = np.concatenate([order[:skin], own + np.arange(doubled), order[skin:]])
    place = np.concatenate([place, len(place) + np.arange(sum(counts) - len(place))])
    total = len(place)
    starts = np.cumsum([0, *counts])

    def together(values: list[np.ndarray]) -> np.ndarray:
        joined = np.concatenate(values)
        out = np.zeros_like(joined)
        out[place] = joined
        return out

    ends, index, delta = [], [], []
    for number in range(len(head.shapes)):
        rows, moves = [], []
        for part, start in zip(parts, starts, strict=False):
            if number in part.moves:
                world = scale * part.moves[number] @ turn.T
                moved = np.flatnonzero(np.abs(world).max(axis=1) > LEAST)
                rows.append(place[start + moved])
                moves.append(1e3 * world[moved])
        index += rows
        delta += moves
        ends.append(sum(map(len, index)))
    weights = together([part.weights for part in parts])
    names = tuple(dict.fromkeys(part.name for part in parts))
    landmarks = _landmarks(parts, laid, label, place, starts)
    return {
        "format": np.array(1),
        "vertices": (scale * together([part.points for part in parts]) @ turn.T + shift).astype(np.float32),
        "faces": np.concatenate([place[part.faces + start] for part, start in zip(parts, starts, strict=False)]).astype(
            np.int32
        ),
        "weights": (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
        "joints": (scale * _joints(laid) @ turn.T + shift).astype(np.float32),
        "shape_ends": np.array(ends, dtype=np.int64),
        "shape_index": np.concatenate(index).astype(np.int32),
        "shape_delta": np.concatenate(delta).astype(np.float32),
        "colour": together([np.asarray(part.colour, dtype=np.float32) for part in parts]),
        "roughness": together([np.full(len(part.points), part.roughness, np.float32) for part in parts]),
        "subsurface": together([np.full(len(part.points), part.subsurface, np.float32) for part in parts]),
        "part": together([np.full(len(part.points), names.index(part.name), np.uint8) for part in parts]),
        "parts": np.array(names),
        "landmark_names": np.array(list(landmarks)),
        "landmarks": np.array(list(landmarks.values()), dtype=np.int64),
        "total": np.array(total),
    }


def _joints(laid: np.ndarray) -> np.ndarray:
    """(5, 3) the open head's joints where the laid skin has them."""
    head, (source, _, outer) = open_head(), skin_of_open_head()
    out = head.joints.astype(np.float64).copy()
    near = (np.linalg.norm(source.points - head.joints[2], axis=1) < 0.075) & outer
    for joints, chosen in (([0, 1], outer), ([2], near)):
        scale, turn, shift = local_similarity(source.points, laid, chosen)
        out[joints] = scale * out[joints] @ turn.T + shift
    out[3], out[4] = eye_centre(laid, 3), eye_centre(laid, 4)
    return out


def _landmarks(
    parts: list[Part], laid: np.ndarray, label: np.ndarray, place: np.ndarray, starts: np.ndarray
) -> dict[str, int]:
    """The open head's landmarks as the nearest vertices: of the right lip, or of the teeth where there are any."""
    head, (_, at, _) = open_head(), skin_of_open_head()
    number = {int(vertex): row for row, vertex in enumerate(at)}
    skin = parts[0].points
    jaw = head.weights[:, 2] / np.maximum(1.0 - head.weights[:, 0], 1e-6)
    lips = set(np.unique(head.lip_contact).tolist())
    out = {}
    for name, vertex in head.landmarks.items():
        if vertex in number:
            free = np.ones(len(skin), dtype=bool)
            if vertex in lips and jaw[vertex] < 0.3 and (label == 0).any():
                free = label == 0
            elif vertex in lips and jaw[vertex] > 0.7 and (label == 1).any():
                free = label == 1
            rows = np.flatnonzero(free)
            out[name] = int(place[rows[np.linalg.norm(skin[rows] - laid[number[vertex]], axis=1).argmin()]])
            continue
        kind = head.look.parts[head.look.part[vertex]]
        for part, start in zip(parts, starts, strict=False):
            if part.name == kind:
                where = np.unique(head.faces[head.look.part[head.faces[:, 0]] == head.look.part[vertex]])
                out[name] = int(place[start + int(np.searchsorted(where, vertex))])
    return out
