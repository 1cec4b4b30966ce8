"""Everything a stranger's mesh needs to move as the open head does: built once, kept in a cache.

Steps: which way up and how large (`_pose_search`), points of the profile (`_profile`), the open head's skin laid on it
(`_registration`), movements carried over (`_onto_mesh`), eyes, teeth and tongue added where the mesh has none
(`_laid_parts`), lids that shut (`_laid_lids`), all of it in arrays (`_laid_arrays`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree

from speechface.errors import UserError
from speechface.heads._bare_mesh import Bare
from speechface.heads._correspondence import Surface, largest_piece, similarity
from speechface.heads._laid_arrays import as_arrays
from speechface.heads._laid_lids import with_lids
from speechface.heads._laid_parts import Part, added_parts, lined, other_pieces, painted, placed, skin_part
from speechface.heads._laid_source import open_head, skin_of_open_head
from speechface.heads._onto_mesh import Carrier, cut, distances
from speechface.heads._pose_search import GOOD, Pose, all_axes, search
from speechface.heads._profile import profile_marks
from speechface.heads._registration import Laid, lay

VERSION = 3
"""Changes when what is built changes, so that nothing old is taken from the cache."""
UNITS = {1.0: "metres", 0.01: "centimetres", 0.001: "millimetres", 0.1: "decimetres", 0.0254: "inches"}
USUAL = (0.72, 1.4)
"""Sizes of heads against the open head's that a unit must give to be believed."""


def build(file: str, mesh: Bare, told: Mapping[str, np.ndarray], bare: bool) -> dict[str, np.ndarray]:
    """Arrays of a `speechface.heads.mesh.MeshHead`; told: landmarks in the mesh's own places.

    Raises `UserError` where no face is found.
    """
    source, at, outer = skin_of_open_head()
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
    ends = line[[source.points[line, 0].argmax(), source.points[line, 0].argmin()]]
    carrier = Carrier(source.points, on, surface, label, laid.points[ends])
    colour = lined(mesh, carrier, at, painted(mesh, np.concatenate([own, own[twins]])))
    skin = skin_part(carrier, surface, at, colour)
    parts = [skin, *other_pieces(mesh, big, pose, carrier, on, at)]
    parts += [] if bare else added_parts(parts, carrier, laid.points, surface)
    parts = with_lids(parts, placed("eyes", carrier, laid.points))
    order = np.concatenate([own, np.flatnonzero(~big)]) if (~big).any() else own
    return as_arrays(parts, order, len(twins), pose, unit, laid.points, label) | {
        "report": np.array(_report(laid.points, surface, pose, unit, seen, told, len(twins), parts)),
        "source": np.array(file.rsplit("/", 1)[-1]),
    }


def _pose(file: str, target: Surface, told: Mapping[str, np.ndarray]) -> Pose:
    """From four landmarks that are told, else by search; `UserError` where it finds no face."""
    source, at, outer = skin_of_open_head()
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


def _report(
    laid: np.ndarray, surface: Surface, pose: Pose, unit: float, seen: Mapping, told: Mapping, doubled: int,
    parts: list[Part],
) -> list[str]:  # fmt: skip
    """What was found, and how well the open head lies on the face, in the mesh's own millimetres."""
    head, (source, _, outer) = open_head(), skin_of_open_head()
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
