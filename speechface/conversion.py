"""From the rig an animation was made for to the rig of a head, by way of the muscles of the open head.

Every rig that comes with speechface says what its controls do to those muscles (`muscles`), every head what the muscles do
to its controls (`Head.from_muscles`): n rigs and m heads need n + m ways, not n * m.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from speechface import heads, lips, retarget, rigs
from speechface.animation import Animation
from speechface.demands import Demands
from speechface.errors import UserError
from speechface.heads import Head
from speechface.heads.flame import require
from speechface.heads.open import skin_metric


def controls(animation: Animation, head: Head) -> np.ndarray:
    """(T, C) float32 controls of a head that show an animation; those that the animation does not name are 0.

    Nothing is converted where both have the same rig. Lips that keep what speech demands keep it on the other head too.
    Raises `UserError` where one of them cannot be converted.
    """
    if animation.rig == "flame_file" == head.rig.name:
        _check_flame(animation, head)
        return _kept(animation.columns(head.rig.names), animation, head)
    if animation.rig == head.rig.name:
        return animation.columns(head.rig.names)
    return _kept(head.from_muscles(muscles(animation)), animation, head)


def on(animation: Animation, head: Head) -> Animation:
    """The animation in the rig of a head that shows it; the same if it is in that rig already."""
    if animation.rig == head.rig.name:
        return animation
    return replace(animation, controls=controls(animation, head), names=head.rig.names, rig=head.rig.name)


def convert(animation: Animation, rig: str, sparse: float = retarget.SPARSE, smooth: float = 0.0) -> Animation:
    """The animation in another rig: 'open', 'arkit', 'flame' or 'face_board'.

    Nothing moves by the face board here, so its lips keep what speech demands on the open head; and as it has no control for
    the rotation of the head, the curves `headYaw`, `headPitch` and `headRoll` come along where the head turns.
    sparse, smooth: fewer and calmer curves in 'arkit' and 'face_board', see `retarget.open_to_arkit`.
    """
    if rig == animation.rig == "face_board":
        names = rigs.load(rig).names
        return replace(animation, controls=animation.columns(names), names=names)
    if rig == "face_board":
        head = heads.load("open")
        moved = head.rig.clip(controls(animation, head))
        board = retarget.open_to_face_board(moved, skin_metric(), sparse, smooth)
        made = replace(animation, controls=board, names=rigs.load(rig).names, rig=rig)
        turns = {name: moved[:, head.rig.index[name]] for name in ("headYaw", "headPitch", "headRoll")}
        return made.with_curves(turns) if any(curve.any() for curve in turns.values()) else made
    head = heads.load(heads.default(rig))
    if rig == "arkit" and animation.rig != rig:
        shapes = retarget.open_to_arkit(muscles(animation), skin_metric(), sparse=sparse, smooth=smooth)
        return replace(animation, controls=_kept(shapes, animation, head), names=head.rig.names, rig=rig)
    return replace(animation, controls=controls(animation, head), names=head.rig.names, rig=rig)


def muscles(animation: Animation) -> np.ndarray:
    """(T, 92) muscles of the open head, within their ranges, for an animation in any rig that comes with speechface.

    FLAME's coefficients have signs, muscles have none: those within range that look most like it are taken. A lid that blinks
    is wide no more: FLAME's face shuts a wide eye, and so must heads that know no better than to add the two.

    Curves named like muscles that the animation's own rig lacks (a tongue, say) are taken as they are.
    """
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "open": lambda given: given,
        "arkit": lambda given: given @ retarget.arkit_to_open(),
        "face_board": retarget.face_board_to_open,
        "flame": lambda given: _shut(retarget.within(require("flame").to_muscles(given), skin_metric())),
    }
    if animation.rig not in ways:
        raise UserError(
            f"an animation in rig '{animation.rig}' moves only the head it was made for; name it with --head"
        )
    rig, open_rig = rigs.load(animation.rig), rigs.load("open")
    names = require("flame").rig.names if animation.rig == "flame" else rig.names
    if not set(animation.names) & set(names):
        raise UserError(f"the animation names no control of its rig '{animation.rig}'")
    out = ways[animation.rig](animation.columns(names)).astype(np.float32)
    for name in set(animation.names) & set(open_rig.names) - set(names):
        out[:, open_rig.index[name]] = animation[name]
    return open_rig.clip(out)


def _shut(moved: np.ndarray) -> np.ndarray:
    """Muscles (T, 92) whose lids are as wide as their blinks let them be."""
    index, out = rigs.load("open").index, moved.copy()
    for side in ("Left", "Right"):
        out[:, index[f"eyeWide{side}"]] *= 1.0 - np.clip(moved[:, index[f"eyeBlink{side}"]], 0.0, 1.0)
    return out


def _kept(made: np.ndarray, animation: Animation, head: Head) -> np.ndarray:
    """Controls (T, C) whose lips keep what the sounds of the animation demand, where it says what that is."""
    demands = animation.about.get("demands")
    return lips.kept(made, animation.times, Demands.of_lists(demands), head) if demands else made


def _check_flame(animation: Animation, head: Head) -> None:
    """`UserError` where a model was trained on a FLAME whose coefficients mean something else."""
    made = animation.about.get("head")
    if made is None:
        return
    from speechface.flame_face import known_as

    if known_as(head, "") != made:
        raise UserError("the model was trained on another FLAME file than the one in --head: their coefficients differ")
