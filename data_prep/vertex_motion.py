"""From vertices to parameters: what moves a FLAME face as a mesh sequence, or another FLAME, moved.

Gauss-Newton of `speechface.heads._following`, on points of the face, after the motion of the whole head is taken out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from speechface import heads
from speechface.errors import UserError
from speechface.heads import Head
from speechface.heads._flame_head import FlameHead, open_face
from speechface.heads._following import Follower
from speechface.heads.flame import OpenFlame

POINTS = 900
"""Points of a face that are looked at."""
UNITS = (1.0, 0.01, 0.001)
"""Metres of the units that meshes come in."""
FRAMES = 256
"""Frames solved at once."""


def parameters(vertices: np.ndarray, head: Head) -> np.ndarray:
    """(T, C) controls with which a FLAME face (the open head's or a user's) goes through vertices (T, V, 3) of its own mesh.

    Metres, centimetres or millimetres are told by the size. The rotation of the head goes to the neck; eyes and lids are
    left alone. Raises `UserError` for another mesh, or one of another size.
    """
    rest, _ = _rest(head)
    if vertices.ndim != 3 or vertices.shape[1:] != rest.shape:
        raise UserError(f"vertices {vertices.shape} are not those of head '{head.name}', which has {len(rest)}")
    ratio = np.ptp(rest, axis=0).max() / max(float(np.ptp(vertices[0], axis=0).max()), 1e-9)
    unit = min(UNITS, key=lambda one: abs(np.log(one / ratio)))
    if not 0.7 < ratio / unit < 1.4:
        raise UserError("the vertices are of a head of another size; give metres, centimetres or millimetres")
    points, skull, follower = _points(head)
    out = np.zeros((len(vertices), len(head.rig)), dtype=np.float32)
    for start in range(0, len(vertices), FRAMES):
        part = slice(start, start + FRAMES)
        places = unit * vertices[part].astype(np.float64)
        turn, shift = _rigid(rest[skull].astype(np.float64), places[:, skull])
        still = (places[:, points] - shift[:, None]) @ turn
        _fill(out[part], follower, still - rest[points], head)
        out[part, [head.rig.index[f"neck_{axis}"] for axis in "xyz"]] = _axis_angle(turn)
    return head.rig.clip(out).astype(np.float32)


def from_flame(controls: np.ndarray, flame: FlameHead, head: OpenFlame) -> np.ndarray:
    """(T, C) controls of the open head's FLAME face for controls (T, C') of a user's FLAME: the same movements, in proportion."""
    _, at = open_face()
    place, shares = flame.match.vertices, flame.match.shares
    twin = heads.load("flame:preview")
    assert isinstance(twin, OpenFlame)
    draw = np.random.default_rng(0)
    chosen = np.sort(draw.choice(len(at), min(POINTS, len(at)), replace=False))
    follower = _follower(twin, at[chosen])
    used, back = np.unique(place[chosen], return_inverse=True)
    back, out = back.reshape(place[chosen].shape), np.zeros((len(controls), len(head.rig)), dtype=np.float32)
    still = controls.astype(np.float32).copy()
    for joint in ("global", "neck"):
        still[:, [flame.rig.index[f"{joint}_{axis}"] for axis in "xyz"]] = 0.0
    for start in range(0, len(controls), FRAMES):
        part = slice(start, start + FRAMES)
        moved = flame.points(still[part], used) - flame.rest[used]
        moved = np.einsum("nk,tnkc->tnc", shares[chosen], moved[:, back])
        _fill(out[part], follower, moved @ flame.match.turn / flame.match.scale, head)
    same = [name for name in head.rig.names if name in flame.rig.index and not name.startswith(("expression_", "jaw_"))]
    out[:, [head.rig.index[name] for name in same]] = controls[:, [flame.rig.index[name] for name in same]]
    return head.rig.clip(out).astype(np.float32)


def _fill(out: np.ndarray, follower: Follower, moved: np.ndarray, head: Head) -> None:
    coefficients, jaw = follower.follow(moved, np.zeros((len(moved), 5, 3)))
    out[:, : coefficients.shape[1]] = coefficients
    out[:, [head.rig.index[f"jaw_{axis}"] for axis in "xyz"]] = jaw


@lru_cache(maxsize=4)
def _points(head: Head) -> tuple[np.ndarray, np.ndarray, Follower]:
    """Points of the face that move, points of the skull that do not, and what follows the first."""
    rest, jaw = _rest(head)
    moved = np.linalg.norm(_expression(head, np.arange(len(rest))), axis=2).max(axis=0)
    carried = head.weights[:, 1] if isinstance(head, FlameHead) else 1.0 - head.weights[:, 0]  # type: ignore[attr-defined]
    skull = np.flatnonzero((moved < np.quantile(moved, 0.3) + 1e-5) & (jaw < 0.01) & (carried > 0.98))
    face = np.flatnonzero((moved > 2e-4) | (jaw > 0.3))
    chosen = np.sort(np.random.default_rng(0).choice(face, min(POINTS, len(face)), replace=False))
    return chosen, skull, _follower(head, chosen)


def _follower(head: Head, at: np.ndarray) -> Follower:
    rest, jaw = _rest(head)
    pose = head.pose[:, at] if isinstance(head, FlameHead) else np.zeros((36, len(at), 3))
    pivot = head.joints[2]  # type: ignore[attr-defined]
    return Follower(rest[at], _expression(head, at), pose, jaw[at], pivot, np.ones(len(at)))


def _rest(head: Head) -> tuple[np.ndarray, np.ndarray]:
    """Rest places (V, 3) and the jaw's share (V,) of a FLAME face; `UserError` for another head."""
    if isinstance(head, FlameHead):
        return head.rest, head.weights[:, 2]
    if isinstance(head, OpenFlame):
        return head.rest, head.weights[:, 2] / np.maximum(1.0 - head.weights[:, 0], 1e-6)
    raise UserError(
        f"head '{head.name}' does not move by FLAME's parameters; use 'flame' or 'flame:/path/to/FLAME.pkl'"
    )


def _expression(head: Head, at: np.ndarray) -> np.ndarray:
    """(E, n, 3) what one unit of every coefficient does to vertices; products of shapes are left out."""
    if isinstance(head, FlameHead):
        return head.expression[:, at]
    assert isinstance(head, OpenFlame)
    return np.einsum("ek,knc->enc", head.expression, head.shapes_at(at)[: len(head.controls)])


def _rigid(rest: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (T, 3, 3) and shifts (T, 3) that bring points at rest (n, 3) to places (T, n, 3), by Kabsch (1976)."""
    middle, there = rest.mean(axis=0), places.mean(axis=1)
    u, _, v = np.linalg.svd(np.einsum("tni,nj->tij", places - there[:, None], rest - middle))
    flip = np.ones((len(places), 3))
    flip[:, 2] = np.sign(np.linalg.det(u @ v))
    turn = (u * flip[:, None]) @ v
    return turn, there - turn @ middle


def _axis_angle(turn: np.ndarray) -> np.ndarray:
    """(T, 3) axis-angle of rotations (T, 3, 3) that are less than half a turn."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_matrix(turn).as_rotvec()
