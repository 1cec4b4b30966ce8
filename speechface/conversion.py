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


def controls(animation: Animation, head: Head) -> np.ndarray:
    """(T, C) float32 controls of a head that show an animation; those that the animation does not name are 0.

    Nothing is converted where both have the same rig. Lips that keep what speech demands keep it on the other head too.
    Raises `UserError` where one of them cannot be converted.
    """
    if animation.rig == head.rig.name:
        return animation.columns(head.rig.names)
    made = head.from_muscles(muscles(animation))
    demands = animation.about.get("demands")
    return lips.kept(made, animation.times, Demands.of_lists(demands), head) if demands else made


def convert(animation: Animation, rig: str) -> Animation:
    """The animation in another rig of the open head ('open', 'arkit' or 'flame')."""
    head = heads.load(heads.default(rig))
    return replace(animation, controls=controls(animation, head), names=head.rig.names, rig=rig)


def muscles(animation: Animation) -> np.ndarray:
    """(T, 92) muscles of the open head, within their ranges, for an animation in any rig that comes with speechface.

    Curves named like muscles that the animation's own rig lacks (a tongue, say) are taken as they are.
    """
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "open": lambda given: given,
        "arkit": lambda given: given @ retarget.arkit_to_open(),
        "face_board": retarget.face_board_to_open,
        "flame": lambda given: require("flame").to_muscles(given),
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
