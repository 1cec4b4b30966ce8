"""Everything a stranger's mesh needs to move as the open head does: built once, kept in a cache.

Steps: which way up and how large (`_pose_search`), points of the profile (`_profile`), the open head's skin laid on it
(`_registration`), movements carried over (`_onto_mesh`), eyes, teeth and tongue added where the mesh has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from speechface.errors import UserError
from speechface.heads._bare_mesh import Bare
from speechface.heads._correspondence import Surface, largest_piece, pieces, similarity
from speechface.heads._onto_mesh import Carrier, cut, distances, local_similarity
from speechface.heads._pose_search import GOOD, Pose, search
from speechface.heads._pose_search import _axes as all_axes
from speechface.heads._profile import profile_marks
from speechface.heads._registration import Laid, lay
from speechface.heads.open import OpenHead, read_asset
from speechface.look import Look

VERSION = 1
"""Changes when what is built changes, so that nothing old is taken from the cache."""
UNITS = {1.0: "metres", 0.01: "centimetres", 0.001: "millimetres", 0.1: "decimetres", 0.0254: "inches"}
USUAL = (0.72, 1.4)
"""Sizes of heads against the open head's that a unit must give to be believed."""
INSIDE = ("upper_teeth", "lower_teeth", "upper_gum", "lower_gum", "tongue")
TALL = 0.030
"""Metres on the open head that a tooth with its root, or a row of teeth, may be tall."""
LEAST = 4e-6
"""Metres below which a movement is left out."""


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


@cache
def open_head() -> OpenHead:
    """The light open head, the one that is laid."""
    return OpenHead(read_asset("preview")[0])


@cache
def _source() -> tuple[Surface, np.ndarray, np.ndarray]:
    """The open head's skin, the numbers (S,) of its vertices, and which of them are seen from outside."""
    head = open_head()
    inside = np.zeros(len(head.rest), dtype=bool)
    inside[head.mouth_bag] = True
    faces = head.faces[head.look.part[head.faces[:, 0]] == head.look.parts.index("skin")]
    at = np.unique(faces)
    place = np.full(len(head.rest), -1)
    place[at] = np.arange(len(at))
    jaw = head.weights[at, 2] / np.maximum(1.0 - head.weights[at, 0], 1e-6)
    return Surface(head.rest[at].astype(np.float64), place[faces], jaw.astype(np.float64)), at, ~inside[at]


def source_landmarks() -> dict[str, int]:
    """Landmarks that lie on the skin, as vertices of the open head."""
    skin = set(_source()[1].tolist())
    return {name: vertex for name, vertex in open_head().landmarks.items() if vertex in skin}


def build(file: str, mesh: Bare, told: Mapping[str, np.ndarray], bare: bool) -> dict[str, np.ndarray]:
    """Arrays of a `speechface.heads.mesh.MeshHead`; told: landmarks in the mesh's own places.

    Raises `UserError` where no face is found.
    """
    source, at, outer = _source()
    head = open_head()
    big = largest_piece(len(mesh.points), mesh.faces, mesh.points)
    own = np.flatnonzero(big)
    place = np.full(len(big), -1)
    place[own] = np.arange(len(own))
    faces = place[mesh.faces[big[mesh.faces].all(axis=1)]]
    pose = _pose(file, Surface(mesh.points[own], faces, np.zeros(len(own))), told)
    unit = next((unit for unit in UNITS if USUAL[0] < unit * pose.scale < USUAL[1]), 1.0 / pose.scale)
    target = Surface(pose.back(mesh.points[own]), faces, np.zeros(len(own)))
    number = {int(vertex): row for row, vertex in enumerate(at)}
    marks = {"nose_tip": "lm68_30", "nose_base": "lm68_33", "mouth": "inner_lip_upper", "chin": "lm68_08"}
    seen = profile_marks(target, {name: head.rest[head.landmarks[mark]] for name, mark in marks.items()})
    pins = {number[head.landmarks[marks[name]]]: spot for name, spot in seen.items()}
    if "mouth" in seen:
        pins[number[head.landmarks["inner_lip_lower"]]] = seen["mouth"]
    pins |= {number[head.landmarks[name]]: pose.back(spot) for name, spot in told.items()}
    line = np.array([number[int(vertex)] for vertex in np.unique(head.lip_contact)])
    laid = lay(source, outer, target, line, pins)
    sealed = _sealed(laid, target, line)
    twins = np.zeros(0, dtype=np.int64)
    points, label = target.points, laid.label
    if sealed.any():
        points, faces, label, twins = _parted(target, laid, sealed)
    surface = Surface(points, faces, np.zeros(len(points)))
    on = Surface(laid.points, source.faces, source.jaw)
    carrier = Carrier(source.points, on, surface, label)
    colour = _lined(mesh, carrier, at, _painted(mesh, np.concatenate([own, own[twins]])))
    skin = _skin(carrier, surface, at, colour)
    parts = [skin, *_other_pieces(mesh, big, pose, carrier, on, at)]
    parts += [] if bare else _added(parts, carrier, laid.points, surface)
    order = np.concatenate([own, np.flatnonzero(~big)]) if (~big).any() else own
    return _arrays(parts, order, len(twins), pose, unit, laid.points, label) | {
        "report": np.array(_report(laid.points, surface, pose, unit, seen, told, len(twins), parts)),
        "source": np.array(file.rsplit("/", 1)[-1]),
    }


def _pose(file: str, target: Surface, told: Mapping[str, np.ndarray]) -> Pose:
    """From four landmarks that are told, else by search; `UserError` where it finds no face."""
    source, at, outer = _source()
    head = open_head()
    if len(told) >= 4:
        own = np.stack([head.rest[head.landmarks[name]] for name in told]).astype(np.float64)
        scale, turn, shift = similarity(own, np.stack(list(told.values())))
        axes = max(all_axes(), key=lambda axes: float((axes * turn).sum()))
        return Pose(scale, turn, shift, axes, 0.0)
    chin = head.rest[head.landmarks["chin"], 1]
    seen = outer & (source.points[:, 1] > chin - 0.01)
    faces = source.faces[seen[source.faces].all(axis=1)]
    used = np.unique(faces)
    place = np.full(len(at), -1)
    place[used] = np.arange(len(used))
    pose = search(Surface(source.points[used], place[faces], np.zeros(len(used))), target)
    if not pose.fit < GOOD:
        raise UserError(
            f"{file}: no human head was recognised in it (it fits to {1e3 * pose.fit:.0f} mm, {1e3 * GOOD:.1f} is needed); "
            "name four or more points of the face in NAME.landmarks.json beside it, see docs/heads.md"
        )
    return pose


def _sealed(laid: Laid, target: Surface, line: np.ndarray) -> np.ndarray:
    """(F,) faces that join upper and lower lip where the mouth should open."""
    lips = laid.points[line]
    if laid.open:
        return np.zeros(len(target.faces), dtype=bool)
    middle, half = lips[:, 0].mean(), np.ptp(lips[:, 0]) / 2.0
    kinds = laid.label[target.faces]
    mixed = (kinds == 0).any(axis=1) & (kinds == 1).any(axis=1)
    centre = target.points[target.faces].mean(axis=1)
    mixed &= np.abs(centre[:, 0] - middle) < 0.88 * half
    return mixed & (cKDTree(lips).query(centre)[0] < 0.006)


def _parted(target: Surface, laid: Laid, sealed: np.ndarray) -> tuple[np.ndarray, ...]:
    """The target cut along sealed faces only: points, faces, labels, and which vertices the added ones double."""
    label = np.where(np.isin(np.arange(len(target.points)), target.faces[sealed]), laid.label, -1)
    points, cut_faces, labels, twins = cut(target.points, target.faces[sealed], label)
    faces = target.faces.copy()
    faces[sealed] = cut_faces
    return points, faces, np.concatenate([laid.label, labels[len(laid.label) :]]), twins


def _skin(carrier: Carrier, surface: Surface, at: np.ndarray, colour: np.ndarray) -> Part:
    head = open_head()
    weights = np.maximum(carrier.values(head.weights[at].astype(np.float64)), 0.0)
    place = np.full(len(head.rest), -1)
    place[at] = np.arange(len(at))
    moves = {}
    for number in range(len(head.shapes)):
        index, delta = head.shapes.shape(number)
        mine = place[index] >= 0
        if mine.any():
            moves[number] = carrier.movement(place[index[mine]], delta[mine])
    return Part("skin", surface.points, surface.faces, weights, moves, colour, 0.55, 0.5)


def _lined(mesh: Bare, carrier: Carrier, at: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Colours of the skin, red in the mouth where the mesh has no colours of its own."""
    head = open_head()
    if mesh.colour is not None:
        return colour
    red = head.look.colour[head.mouth_bag].mean(axis=0)
    inside = np.abs(head.look.colour[at] - red).max(axis=1) < 0.03
    out = np.array(colour, dtype=np.float32)
    out[inside[carrier.corners].all(axis=1)] = red
    return out


def _painted(mesh: Bare, at: np.ndarray) -> np.ndarray:
    """(n, 3) linear colour of some vertices: the file's, or clay."""
    if mesh.colour is None:
        return Look.clay(len(at)).colour
    colour = np.clip(mesh.colour[at], 0.0, 1.0)
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _other_pieces(mesh: Bare, big: np.ndarray, pose: Pose, carrier: Carrier, on: Surface, at: np.ndarray) -> list[Part]:
    """One part of all that does not hang together with the skin: eyes turn, what lies in the mouth goes with its like."""
    rows = np.flatnonzero(~big)
    if not len(rows):
        return []
    source, _, _ = _source()
    place = np.full(len(big), -1)
    place[rows] = np.arange(len(rows))
    faces = place[mesh.faces[~big[mesh.faces].any(axis=1)]]
    points = pose.back(mesh.points[rows])
    piece = pieces(len(points), faces) if len(faces) else np.arange(len(points))
    follow = Carrier(source.points, on, Surface(points, faces, np.zeros(len(points))), np.full(len(points), -1))
    made = _skin(follow, Surface(points, faces, np.zeros(len(points))), at, _painted(mesh, rows))
    parts = [_placed(name, carrier, on.points) for name in INSIDE]
    inside = cKDTree(np.concatenate([part.points for part in parts]))
    weights, paint = (np.concatenate(rows_of) for rows_of in zip(*((part.weights, part.colour) for part in parts)))
    front = max(float(part.points[:, 2].max()) for part in parts)
    moves = {
        number: np.concatenate([part.moves.get(number, np.zeros_like(part.points)) for part in parts])
        for number in {number for part in parts for number in part.moves}
    }
    eyes = [_eye_centre(on.points, joint) for joint in (3, 4)]
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


def _eye_centre(laid: np.ndarray, joint: int) -> np.ndarray:
    head, (source, _, _) = open_head(), _source()
    lids = np.linalg.norm(source.points - head.joints[joint], axis=1) < 0.022
    scale, turn, shift = local_similarity(source.points, laid, lids)
    return scale * head.joints[joint] @ turn.T + shift


def _placed(name: str, carrier: Carrier, laid: np.ndarray) -> Part:
    """A part of the open head put where it belongs in a laid skin: the mouth's by the mouth, eyes by their lids."""
    head, (source, at, _) = open_head(), _source()
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
    for number in range(len(head.shapes)):
        index, delta = head.shapes.shape(number)
        mine = place[index] >= 0
        if mine.any():
            to = place[index[mine]]
            moves[number] = np.zeros_like(points)
            moves[number][to] = scales[to, None] * np.einsum("nij,nj->ni", turns[to], delta[mine])
    look = head.look
    return Part(
        name, points, place[faces], head.weights[rows].astype(np.float64), moves, look.colour[rows],
        float(look.roughness[rows].mean()), float(look.subsurface[rows].mean()),
    )  # fmt: skip


def _added(parts: list[Part], carrier: Carrier, laid: np.ndarray, surface: Surface) -> list[Part]:
    """Eyes, and the inside of the mouth, where the mesh has none of its own."""
    head, (source, at, _) = open_head(), _source()
    others = parts[1:]
    out = []
    turning = any((part.weights[:, 3:] > 0.5).any() for part in others)
    skin = cKDTree(surface.points)
    fronts = [_eye_centre(laid, joint) + [0.0, 0.0, 0.011] for joint in (3, 4)]
    if not turning and min(skin.query(front)[0] for front in fronts) > 0.0045:
        out.append(_placed("eyes", carrier, laid))
    teeth = _placed("upper_teeth", carrier, laid)
    taken = [cKDTree(teeth.points).query(part.points)[0].min() for part in others]
    if not taken or min(taken) > 0.004:
        out += [_placed(name, carrier, laid) for name in INSIDE]
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
        for number in range(len(head.shapes)):
            index, delta = head.shapes.shape(number)
            mine = place[index] >= 0
            if mine.any():
                to = place[index[mine]]
                moves[number] = np.zeros((len(rows), 3))
                moves[number][to] = np.einsum("nij,nj->ni", carrier.maps[rows[to]], delta[mine])
        out.append(Part("mouth", laid[rows], local[faces], head.weights[at[rows]].astype(np.float64), moves,
                        head.look.colour[at[rows]], 0.4, 0.5))  # fmt: skip
    return out


def _arrays(
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
    head, (source, _, outer) = open_head(), _source()
    out = head.joints.astype(np.float64).copy()
    near = (np.linalg.norm(source.points - head.joints[2], axis=1) < 0.075) & outer
    for joints, chosen in (([0, 1], outer), ([2], near)):
        scale, turn, shift = local_similarity(source.points, laid, chosen)
        out[joints] = scale * out[joints] @ turn.T + shift
    out[3], out[4] = _eye_centre(laid, 3), _eye_centre(laid, 4)
    return out


def _landmarks(
    parts: list[Part], laid: np.ndarray, label: np.ndarray, place: np.ndarray, starts: np.ndarray
) -> dict[str, int]:
    """The open head's landmarks as the nearest vertices: of the right lip, or of the teeth where there are any."""
    head, (_, at, _) = open_head(), _source()
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


def _report(
    laid: np.ndarray, surface: Surface, pose: Pose, unit: float, seen: Mapping, told: Mapping, doubled: int,
    parts: list[Part],
) -> list[str]:  # fmt: skip
    """What was found, and how well the open head lies on the face, in the mesh's own millimetres."""
    head, (source, _, outer) = open_head(), _source()
    above = source.points[:, 1] > head.rest[head.landmarks["chin"], 1]
    face = outer & above & (source.points[:, 2] > 0.02)
    away = 1e3 * unit * pose.scale * distances(laid[face], surface)
    size = UNITS.get(unit, f"of an unknown unit, brought to the size of the open head (1 = {unit:.3g} m)")
    added = [part.name.replace("_", " ") for part in parts if part.name not in ("skin", "others")]
    lines = [
        f"a head in {size}; the open head lies on its face to {np.median(away):.2f} mm (95 %: {np.quantile(away, 0.95):.1f} mm)",
        f"within 2 mm: {100 * (away < 2.0).mean():.0f} % of the face",
        f"landmarks: {len(told)} told, {len(seen)} found by themselves ({', '.join(seen) or 'none'})",
        f"lips: {'one surface, cut open along ' + str(doubled) + ' vertices that were doubled' if doubled else 'open'}",
    ]
    if added:
        lines.append(f"added from the open head: {', '.join(added)}")
    return lines
