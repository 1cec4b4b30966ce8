"""What going from rig to rig costs: round trips of animations, and of every control alone, in millimetres and by curve.

Poses are compared on the faces that the open head has for each rig (the face board's on the open head itself, through its
table); all of them have the same vertices. The head is kept from turning, as its rotation is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from time import perf_counter

import numpy as np

from speechface import conversion, heads, rigs
from speechface.animation import Animation
from speechface.heads.flame import require

RIGS = ("arkit", "flame", "face_board")
SEEN = 0.02
"""Millimetres (root mean square) that a control alone has to move the face for its loss to count."""
NOTHING = 1e-3
"""Millimetres under which it moves nothing."""
LOST = 30.0
"""Per cent of a control's movement that has to be lost for it to be named."""
ACTIVE = 0.01
"""Amount from which a curve counts as used."""
TURNS = ("head", "neck_", "global_")
ALONE = 0.2
"""Radians by which a joint is turned alone; every other control goes to 1 or -1."""


@dataclass(frozen=True, eq=False)
class Points:
    """Vertices that are compared: of the face's skin, of the line where the lips meet and the lips' landmarks, and those with
    some of the eyes and the tongue as well; and the landmarks of the face, on which jitter is measured."""

    face: np.ndarray
    lips: np.ndarray
    all: np.ndarray
    landmarks: np.ndarray


@cache
def points(every: int = 6) -> Points:
    """One in `every` vertices of the skin that some control moves, and the others."""
    head = require("flame")
    parts, look = head.look.parts, head.look.part
    skin = np.flatnonzero(look == parts.index("skin"))
    moved = (np.abs(head.shapes_at(skin)).max(axis=(0, 2)) > 2e-4) | (head.weights[skin, 2] > 0.05)
    face = skin[moved][::every]
    marks = [head.landmarks[f"lm68_{number:02d}"] for number in range(17, 68)]
    inside = np.flatnonzero(np.isin(look, [parts.index("eyes"), parts.index("tongue")]))[::every]
    return Points(face, np.r_[head.lip_contact.reshape(-1), marks[31:]], np.r_[face, inside], np.array(marks))


def posed(animation: Animation, vertices: np.ndarray) -> np.ndarray:
    """(T, n, 3) millimetres of some vertices, on the face of the open head that moves by the animation's rig."""
    if animation.rig == "face_board":
        return 1e3 * heads.load("open").points(conversion.muscles(animation), vertices.tolist())
    head = heads.load(heads.default(animation.rig))
    return 1e3 * head.points(animation.columns(head.rig.names), vertices.tolist())


def trips(
    clips: Sequence[Animation], sparse: float, smooth: float, most: int = 300
) -> dict[str, dict[str, float | dict[str, float]]]:
    """A row a round trip `open > RIG > open` and `RIG > open > RIG` of some animations.

    moved, mean, p95, max: millimetres from rest and of error, over the skin of the face; lips_...: the same at the lips, in
    at most `most` frames of a clip, evenly spread. curve: root mean square error of a curve, in its own units, over all;
    curves: of each. active: curves in use a frame, in the second rig; active_plain: without sparsity. jitter: per cent by
    which the trip makes the landmarks' second difference (root mean square) larger. fps: frames a second of the first leg.
    """
    rows: dict[str, dict[str, float | dict[str, float]]] = {}
    calm = [_calm(replace(clip, about={})) for clip in clips]
    muscles = [_inside(conversion.convert(clip, "open")) for clip in calm]
    for rig in RIGS:
        conversion.convert(muscles[0].trim(0.0, 1.0 / muscles[0].fps), rig)  # what is loaded once is not timed
        start = perf_counter()
        there = [conversion.convert(clip, rig, sparse, smooth) for clip in muscles]
        pace = sum(map(len, clips)) / (perf_counter() - start)
        back = [conversion.convert(clip, "open") for clip in there]
        rows[f"open > {rig} > open"] = _row(muscles, back, most) | {"active": _active(there), "fps": pace}
        if rig != "flame":
            plain = [conversion.convert(clip, rig, 0.0, smooth) for clip in muscles]
            rows[f"open > {rig} > open"]["active_plain"] = _active(plain)
        own = [_inside(one) if one.rig == rig else other for one, other in zip(calm, there, strict=True)]
        start = perf_counter()
        hub = [conversion.convert(clip, "open") for clip in own]
        pace = sum(map(len, clips)) / (perf_counter() - start)
        again = [conversion.convert(clip, rig, sparse, smooth) for clip in hub]
        rows[f"{rig} > open > {rig}"] = _row(own, again, most) | {"active": _active(hub), "fps": pace}
    return rows


def lost() -> dict[str, dict[str, float]]:
    """Per cent of its movement that a control loses that goes alone to another rig and back, where that is over `LOST`.

    Rows are `RIG in OTHER`. The row `unseen` names controls of the face board that move nothing on the open head.
    """
    found: dict[str, dict[str, float]] = {}
    alone = {rig: _each(rig) for rig in ("open", *RIGS)}
    rest = posed(replace(alone["open"][1], controls=alone["open"][1].controls[:1] * 0), points().all)
    size = {}
    for rig, (names, clip) in alone.items():
        size[rig] = _size(posed(clip, points().all) - rest)
        if rig == "face_board":
            still = {name for name, moved in zip(names, size[rig], strict=True) if moved < NOTHING}
            seen = {name.rstrip("+-") for name in names} - {name.rstrip("+-") for name in set(names) - still}
            found["unseen"] = dict.fromkeys(sorted(seen), 0.0)
    for rig, other in permutations(alone, 2):
        names, clip = alone[rig]
        back = conversion.convert(conversion.convert(clip, other), rig)
        off = _size(posed(back, points().all) - posed(clip, points().all))
        share = {
            name: 100.0 * float(error / moved)
            for name, error, moved in zip(names, off, size[rig], strict=True)
            if moved >= SEEN and error / moved > LOST / 100.0
        }
        found[f"{rig} in {other}"] = dict(sorted(share.items(), key=lambda item: -item[1]))
    return found


def _row(one: Sequence[Animation], other: Sequence[Animation], most: int) -> dict[str, float | dict[str, float]]:
    """The distances between animations of one rig, frame by frame."""
    moved, face, lips, before, after = [], [], [], [], []
    for here, there in zip(one, other, strict=True):
        few = np.unique(np.linspace(0, len(here) - 1, min(most, len(here))).round().astype(int))
        picked, also = (replace(clip, controls=clip.controls[few]) for clip in (here, there))
        still = replace(picked, controls=0.0 * picked.controls[:1])
        skin = posed(picked, points().face)
        moved.append(_far(skin - posed(still, points().face)))
        face.append(_far(skin - posed(also, points().face)))
        lips.append(_far(posed(picked, points().lips) - posed(also, points().lips)))
        before.append(np.diff(posed(here, points().landmarks), 2, axis=0).reshape(-1))
        after.append(np.diff(posed(there, points().landmarks), 2, axis=0).reshape(-1))
    shake, shaken = (float(np.sqrt(np.mean(np.concatenate(part) ** 2))) for part in (before, after))
    names = one[0].names
    square = np.mean(
        np.concatenate([a.controls - b.columns(names) for a, b in zip(one, other, strict=True)]) ** 2, axis=0
    )
    curves = {name: float(np.sqrt(value)) for name, value in zip(names, square, strict=True)}
    return (
        {"moved": float(np.concatenate(moved).mean())}
        | _spread("", np.concatenate(face))
        | _spread("lips_", np.concatenate(lips))
        | {"curve": float(np.sqrt(square.mean())), "jitter": 100.0 * (shaken / shake - 1.0) if shake else 0.0}
        | {"curves": dict(sorted(curves.items(), key=lambda item: -item[1]))}
    )


def _spread(prefix: str, errors: np.ndarray) -> dict[str, float]:
    return {
        f"{prefix}mean": float(errors.mean()),
        f"{prefix}p95": float(np.percentile(errors, 95)),
        f"{prefix}max": float(errors.max()),
    }


def _far(differences: np.ndarray) -> np.ndarray:
    """All distances, in one row."""
    return np.linalg.norm(differences, axis=-1).reshape(-1)


def _size(differences: np.ndarray) -> np.ndarray:
    """(T,) root mean square distance of a frame's vertices (T, n, 3)."""
    return np.sqrt((differences**2).sum(axis=-1).mean(axis=-1))


def _active(clips: Sequence[Animation]) -> float:
    return float(np.mean(np.concatenate([(np.abs(clip.controls) > ACTIVE).sum(axis=1) for clip in clips])))


def _calm(animation: Animation) -> Animation:
    """The animation with a head that does not turn."""
    return animation.with_curves({name: np.zeros(len(animation)) for name in animation.names if name.startswith(TURNS)})


def _inside(animation: Animation) -> Animation:
    """The animation within the ranges of its rig, all its controls in the rig's order."""
    rig = require("flame").rig if animation.rig == "flame" else rigs.load(animation.rig)
    return replace(animation, controls=rig.clip(animation.columns(rig.names)), names=rig.names)


def _each(name: str) -> tuple[list[str], Animation]:
    """Every control of a rig alone, a frame each, at 1 and where it has two sides at -1; and what they are called."""
    rig = require("flame").rig if name == "flame" else rigs.load(name)
    rows, called = [], []
    for column, control in enumerate(rig.names):
        if control.startswith(TURNS):
            continue
        amount = ALONE if control[-2:] in ("_x", "_y", "_z") else 1.0
        signs = (1.0, -1.0) if rig.low[column] < 0 else (1.0,)
        for sign in signs:
            rows.append(np.eye(1, len(rig), column, dtype=np.float32)[0] * sign * amount)
            called.append(control + ("" if len(signs) == 1 else "+" if sign > 0 else "-"))
    return called, Animation(rig.clip(np.array(rows)), rig.names, 25.0, name)
