"""Pieces of a head that is built on a stranger's mesh: its skin, its other pieces, and what the open head lends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from speechface.heads._bare_mesh import Bare
from speechface.heads._correspondence import Surface, pieces
from speechface.heads._laid_source import open_head, skin_of_open_head
from speechface.heads._onto_mesh import Carrier, local_similarity
from speechface.heads._pose_search import Pose
from speechface.look import Look

INSIDE = ("upper_teeth", "lower_teeth", "upper_gum", "lower_gum", "tongue")
TALL = 0.030
"""Metres on the open head that a tooth with its root, or a row of teeth, may be tall."""


@dataclass(frozen=True, eq=False)
class Part:
    """Vertices of the head that is built. points (n, 3), weights (n, 5), faces (F, 3) into them, look of each vertex.

    moves: shape -> (n, 3). All in the open head's place and size.
    """

    name: str
    points: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    moves: dict[int, np.ndarray]
    colour: np.ndarray
    roughness: float
    subsurface: float


def _movements(place: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """What the open head's shapes do to some of its vertices: number of the shape, rows (n,) moved, metres (n, 3).

    place: (V,) the row of every vertex of the open head, -1 for those that do not matter.
    """
    shapes = open_head().shapes
    for number in range(len(shapes)):
        index, delta = shapes.shape(number)
        mine = place[index] >= 0
        if mine.any():
            yield number, place[index[mine]], delta[mine]


def skin_part(carrier: Carrier, surface: Surface, at: np.ndarray, colour: np.ndarray) -> Part:
    """The mesh's own skin, moved as the open head's; at: (S,) vertices of that, colour: (n, 3) of the mesh's vertices."""
    head = open_head()
    weights = np.maximum(carrier.values(head.weights[at].astype(np.float64)), 0.0)
    place = np.full(len(head.rest), -1)
    place[at] = np.arange(len(at))
    moves = {number: carrier.movement(to, delta) for number, to, delta in _movements(place)}
    return Part("skin", surface.points, surface.faces, weights, moves, colour, 0.55, 0.5)


def lined(mesh: Bare, carrier: Carrier, at: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Colours of the skin, red in the mouth where the mesh has no colours of its own."""
    head = open_head()
    if mesh.colour is not None:
        return colour
    red = head.look.colour[head.mouth_bag].mean(axis=0)
    inside = np.abs(head.look.colour[at] - red).max(axis=1) < 0.03
    out = np.array(colour, dtype=np.float32)
    out[inside[carrier.corners].all(axis=1)] = red
    return out


def painted(mesh: Bare, at: np.ndarray) -> np.ndarray:
    """(n, 3) linear colour of some vertices: the file's, or clay."""
    if mesh.colour is None:
        return Look.clay(len(at)).colour
    colour = np.clip(mesh.colour[at], 0.0, 1.0)
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def other_pieces(mesh: Bare, big: np.ndarray, pose: Pose, carrier: Carrier, on: Surface, at: np.ndarray) -> list[Part]:
    """One part of all that does not hang together with the skin: eyes turn, what lies in the mouth goes with its like."""
    rows = np.flatnonzero(~big)
    if not len(rows):
        return []
    source, _, _ = skin_of_open_head()
    place = np.full(len(big), -1)
    place[rows] = np.arange(len(rows))
    faces = place[mesh.faces[~big[mesh.faces].any(axis=1)]]
    points = pose.back(mesh.points[rows])
    piece = pieces(len(points), faces) if len(faces) else np.arange(len(points))
    follow = Carrier(source.points, on, Surface(points, faces, np.zeros(len(points))), np.full(len(points), -1))
    made = skin_part(follow, Surface(points, faces, np.zeros(len(points))), at, painted(mesh, rows))
    parts = [placed(name, carrier, on.points) for name in INSIDE]
    inside = cKDTree(np.concatenate([part.points for part in parts]))
    weights, paint = (np.concatenate(rows_of) for rows_of in zip(*((part.weights, part.colour) for part in parts)))
    front = max(float(part.points[:, 2].max()) for part in parts)
    moves = {
        number: np.concatenate([part.moves.get(number, np.zeros_like(part.points)) for part in parts])
        for number in {number for part in parts for number in part.moves}
    }
    eyes = [eye_centre(on.points, joint) for joint in (3, 4)]
    colour = made.colour.copy()
    for one in np.unique(piece):
        mine = np.flatnonzero(piece == one)
        middle = (points[mine].min(axis=0) + points[mine].max(axis=0)) / 2.0
        size = float(np.ptp(points[mine], axis=0).max())
        for joint, centre in zip((3, 4), eyes, strict=True):
            if np.linalg.norm(middle - centre) < 0.009 and 0.015 < size < 0.036:
                made.weights[mine] = np.eye(5)[joint]
                for move in made.moves.values():
                    move[mine] = 0.0
                if mesh.colour is None:
                    colour[mine] = _eye_colour(points[mine] - middle)
        away, nearest = inside.query(points[mine])
        if np.ptp(points[mine, 1]) < TALL:  # one row of teeth, or one tooth: it goes as a whole
            near = [float(np.median(cKDTree(part.points).query(points[mine])[0])) for part in parts]
            best = int(np.argmin(near))
            starts = np.cumsum([0] + [len(part.points) for part in parts])
            nearest = starts[best] + cKDTree(parts[best].points).query(points[mine])[1]
        behind = points[mine, 2].max() < front + 0.004
        if np.median(away) < 0.008 and behind and size < 0.105:
            made.weights[mine] = weights[nearest]
            for number, move in made.moves.items():
                move[mine] = moves[number][nearest] if number in moves else 0.0
            if mesh.colour is None:
                colour[mine] = paint[nearest]
    return [Part("others", points, faces, made.weights, made.moves, colour, 0.4, 0.2)]


def _eye_colour(ahead: np.ndarray) -> np.ndarray:
    """(n, 3) white, iris and pupil by the angle to straight ahead."""
    angle = np.degrees(np.arccos(np.clip(ahead[:, 2] / np.maximum(np.linalg.norm(ahead, axis=1), 1e-9), -1.0, 1.0)))
    white, iris, pupil = (0.72, 0.70, 0.68), (0.16, 0.10, 0.05), (0.01, 0.01, 0.01)
    return np.where(angle[:, None] < 12.0, pupil, np.where(angle[:, None] < 27.0, iris, white))


def eye_centre(laid: np.ndarray, joint: int) -> np.ndarray:
    head, (source, _, _) = open_head(), skin_of_open_head()
    lids = np.linalg.norm(source.points - head.joints[joint], axis=1) < 0.022
    scale, turn, shift = local_similarity(source.points, laid, lids)
    return scale * head.joints[joint] @ turn.T + shift


def placed(name: str, carrier: Carrier, laid: np.ndarray) -> Part:
    """A part of the open head put where it belongs in a laid skin: the mouth's by the mouth, eyes by their lids."""
    head, (source, at, _) = open_head(), skin_of_open_head()
    faces = head.faces[head.look.part[head.faces[:, 0]] == head.look.parts.index(name)]
    rows = np.unique(faces)
    place = np.full(len(head.rest), -1)
    place[rows] = np.arange(len(rows))
    rest = head.rest[rows].astype(np.float64)
    points, scales = np.zeros_like(rest), np.zeros(len(rest))
    turns = np.zeros((len(rest), 3, 3))
    if name == "eyes":
        groups = [(head.weights[rows, joint] > 0.5, head.joints[joint], 0.022) for joint in (3, 4)]
    else:
        lips = head.rest[np.unique(head.lip_contact)].mean(axis=0)
        groups = [(np.ones(len(rows), dtype=bool), lips, 0.035)]
    bag = np.isin(at, head.mouth_bag)
    for mine, centre, reach in groups:
        near = (np.linalg.norm(source.points - centre, axis=1) < reach) & ~bag
        scale, turn, shift = local_similarity(source.points, laid, near)
        points[mine] = scale * rest[mine] @ turn.T + shift
        scales[mine], turns[mine] = scale, turn
    moves = {}
    for number, to, delta in _movements(place):
        moves[number] = np.zeros_like(points)
        moves[number][to] = scales[to, None] * np.einsum("nij,nj->ni", turns[to], delta)
    look = head.look
    shade = look.occlusion[rows] / look.occlusion[rows].max() if name in INSIDE else np.ones(len(rows))
    return Part(
        name, points, place[faces], head.weights[rows].astype(np.float64), moves, shade[:, None] * look.colour[rows],
        float(look.roughness[rows].mean()), float(look.subsurface[rows].mean()),
    )  # fmt: skip


def added_parts(parts: list[Part], carrier: Carrier, laid: np.ndarray, surface: Surface) -> list[Part]:
    """Eyes, and the inside of the mouth, where the mesh has none of its own."""
    head, (source, at, _) = open_head(), skin_of_open_head()
    others = parts[1:]
    out = []
    turning = any((part.weights[:, 3:] > 0.5).any() for part in others)
    skin = cKDTree(surface.points)
    fronts = [eye_centre(laid, joint) + [0.0, 0.0, 0.011] for joint in (3, 4)]
    if not turning and min(skin.query(front)[0] for front in fronts) > 0.0045:
        out.append(placed("eyes", carrier, laid))
    teeth = placed("upper_teeth", carrier, laid)
    taken = [cKDTree(teeth.points).query(part.points)[0].min() for part in others]
    if not taken or min(taken) > 0.004:
        out += [placed(name, carrier, laid) for name in INSIDE]
    bag = np.isin(at, head.mouth_bag)
    deep = bag[carrier.corners].all(axis=1) & (carrier.distance < 0.01)
    if deep.sum() < 40:
        faces = source.faces[(bag | np.isin(at, head.lip_contact))[source.faces].all(axis=1)]
        rows = np.unique(faces)
        place = np.full(len(head.rest), -1)
        place[at[rows]] = np.arange(len(rows))
        local = np.full(len(at), -1)
        local[rows] = np.arange(len(rows))
        moves = {}
        for number, to, delta in _movements(place):
            moves[number] = np.zeros((len(rows), 3))
            moves[number][to] = np.einsum("nij,nj->ni", carrier.maps[rows[to]], delta)
        out.append(Part("mouth", laid[rows], local[faces], head.weights[at[rows]].astype(np.float64), moves,
                        head.look.colour[at[rows]], 0.4, 0.5))  # fmt: skip
    return out
