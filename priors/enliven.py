"""Life put on an animation of any rig: lids that shut from any state, eyes, head, brows, and breath as far as a rig can show it.

Nothing that is there is lost: a gaze or a turn of the head is added to, a lid is shut from where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache

import numpy as np

from priors.life import Life, live
from speechface import heads, rigs
from speechface.animation import Animation
from speechface.emotion import Emotion
from speechface.heads.flame import require
from speechface.liveliness import Liveliness

PARTS = ("eyes", "head")
"""What can be put on apart: eyes are blinks, glances and the brows' accents, head is how it moves, and breath."""
SIDES = ("Left", "Right")
OUTER = 0.7
"""How far the outer brow rises with the inner one."""
FLARE, THROAT = 0.35, 0.4
"""How far nostrils open with the quickest breath, and a throat with a full chest."""

Curves = dict[str, np.ndarray]


def enliven(
    animation: Animation,
    samples: np.ndarray,
    emotion: Emotion,
    seed: int = 0,
    liveliness: Liveliness | None = None,
    style: int = 0,
) -> Animation:
    """An animation in rig flame, flame_file, arkit, open or face_board with blinks, glances, head motion for 16 kHz samples (S,).

    liveliness: how much of each there is, and what is looked at. The same seed gives the same bytes.
    """
    life = live(samples, animation.times, emotion.at(animation.times), seed, liveliness, style)
    return put(animation, life)


def put(animation: Animation, life: Life, parts: Collection[str] = PARTS) -> Animation:
    """The animation with some parts of a life of as many frames; `put` in parts gives the same as all at once."""
    curves = WAYS[animation.rig](animation, life, parts)
    rig = rigs.load("flame" if animation.rig == "flame_file" else animation.rig)
    for name in curves.keys() & rig.index.keys():
        column = rig.index[name]
        if rig.groups[column] != "expression":  # FLAME's coefficients have no end, and models go beyond what is usual
            curves[name] = np.clip(curves[name], rig.low[column], rig.high[column])
    return animation.with_curves(curves)


def shut(lid: np.ndarray, blink: np.ndarray) -> np.ndarray:
    """(T,) closure of lids that are closed as far as (T,), 1 is shut and below 0 wide, by a blink (T,) 0..1."""
    return lid + blink * (1.0 - np.minimum(lid, 1.0))


def _flame(animation: Animation, life: Life, parts: Collection[str]) -> Curves:
    curves: Curves = {}
    if "eyes" in parts:
        for side, yaw in zip(("left", "right"), _yaws(life), strict=True):
            curves[f"{side}_eyelid"] = shut(_now(animation, f"{side}_eyelid"), life.blink)
            curves[f"{side}_eye_x"] = _now(animation, f"{side}_eye_x") + life.eyes[:, 1]
            curves[f"{side}_eye_y"] = _now(animation, f"{side}_eye_y") + yaw
        for number in np.flatnonzero(np.abs(_raised()) > 1e-3) if life.brows.any() else ():
            name = f"expression_{number:03d}"
            if name in animation.names:
                curves[name] = animation[name] + _raised()[number] * life.brows
    if "head" in parts:
        for column, axis in enumerate("yxz"):
            curves[f"neck_{axis}"] = _now(animation, f"neck_{axis}") + life.head[:, column]
    return curves


def _shapes(animation: Animation, life: Life, parts: Collection[str]) -> Curves:
    """Of rigs `arkit` and `open`."""
    curves: Curves = {}
    known = rigs.load(animation.rig).index
    if "eyes" in parts:
        for side, sign, yaw in zip(SIDES, (1.0, -1.0), _yaws(life), strict=True):
            lid, wide = f"eyeBlink{side}", f"eyeWide{side}"
            curves[lid] = shut(_now(animation, lid), life.blink)
            curves[wide] = _now(animation, wide) * (1.0 - life.blink)
            outwards, down = sign * yaw / _reach()[0], life.eyes[:, 1] / _reach()[1]
            for plus, minus, more in (("Out", "In", outwards), ("Down", "Up", down)):
                plus, minus = f"eyeLook{plus}{side}", f"eyeLook{minus}{side}"
                turned = _now(animation, plus) - _now(animation, minus) + more
                curves |= {plus: np.maximum(turned, 0.0), minus: np.maximum(-turned, 0.0)}
        for name, amount in (("browInnerUp", 1.0), ("browOuterUp", OUTER)):
            for column in [name] if name in known else [f"{name}{side}" for side in SIDES]:
                curves[column] = _now(animation, column) + amount * life.brows
    if "head" in parts:
        for number, name in enumerate(("headYaw", "headPitch", "headRoll")):
            curves[name] = _now(animation, name) + life.head[:, number]
        for name in ("nostrilFlareLeft", "nostrilFlareRight"):
            if name in known:
                curves[name] = _now(animation, name) + FLARE * life.inwards
    return curves


def _face_board(animation: Animation, life: Life, parts: Collection[str]) -> Curves:
    """The board cannot turn the head: `headYaw`, `headPitch` and `headRoll` come along under these names."""
    curves: Curves = {}

    def add(name: str, more: np.ndarray) -> None:
        curves[f"CTRL_{name}"] = _now(animation, f"CTRL_{name}") + more

    if "eyes" in parts:
        for side, yaw in zip("LR", _yaws(life), strict=True):
            lid = f"CTRL_{side}_eye_blink-translateY"
            curves[lid] = shut(_now(animation, lid), life.blink)
            add(f"{side}_eye-translateX", yaw / _reach()[0])  # to the left is positive for both eyes
            add(f"{side}_eye-translateY", -life.eyes[:, 1] / _reach()[1])
            add(f"{side}_brow_raiseIn-translateY", life.brows)
            add(f"{side}_brow_raiseOut-translateY", OUTER * life.brows)
    if "head" in parts:
        for number, name in enumerate(("headYaw", "headPitch", "headRoll")):
            curves[name] = _now(animation, name) + life.head[:, number]
        for side in "LR":
            add(f"{side}_nose-translateX", FLARE * life.inwards)
        add("neck_throatExhaleInhale-translateY", THROAT * life.breath)
    return curves


def _flame_file(animation: Animation, life: Life, parts: Collection[str]) -> Curves:
    """Of a user's FLAME: lids, eyes and neck; what its coefficients do to the brows is not known here."""
    curves = _flame(animation, life, parts)
    return {name: curve for name, curve in curves.items() if not name.startswith("expression_")}


WAYS: dict[str, Callable[[Animation, Life, Collection[str]], Curves]] = {
    "flame": _flame, "flame_file": _flame_file, "arkit": _shapes, "open": _shapes, "face_board": _face_board,
}  # fmt: skip
"""How each rig shows life."""


def _yaws(life: Life) -> tuple[np.ndarray, np.ndarray]:
    """(T,) radians to the left of the left and of the right eye."""
    return life.eyes[:, 0] - life.vergence, life.eyes[:, 0] + life.vergence


def _now(animation: Animation, name: str) -> np.ndarray:
    return animation[name] if name in animation.names else np.zeros(len(animation), dtype=np.float32)


@cache
def _reach() -> tuple[float, float]:
    """Radians to the sides and up or down of a gaze at 1, on the open head."""
    yaw, pitch = heads.load("open").gaze  # type: ignore[attr-defined]
    return float(yaw), float(pitch)


@cache
def _raised() -> np.ndarray:
    """(E,) expression coefficients of FLAME's face that raise both brows."""
    muscles = np.zeros((1, len(rigs.load("open"))), dtype=np.float32)
    for name, amount in (("browInnerUp", 1.0), ("browOuterUp", OUTER)):
        muscles[0, [rigs.load("open").index[f"{name}{side}"] for side in SIDES]] = amount
    face = require("flame")
    return face.from_muscles(muscles)[0, : len(face.expression)]
