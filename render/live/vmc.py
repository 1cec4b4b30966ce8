"""VMC, the OSC protocol of VRM avatars (VSeeFace, Warudo, VMagicMirror, ...): ARKit's shapes, 'perfect sync', and the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from render.live._arkit import SHAPES, shapes
from speechface.animation import Animation
from speechface.errors import UserError

PORT = 39539
HEAD = "/VMC/Ext/Bone/Pos"


def messages(animation: Animation, subject: str) -> Iterator[list[bytes]]:
    """One bundle a frame: that it runs, its time, the head's turn, every shape, and that they are to be applied."""
    values, turns = shapes(animation)
    for number, (row, turn) in enumerate(zip(values, turns, strict=True)):
        named = {name[0].upper() + name[1:]: float(value) for name, value in zip(SHAPES, row, strict=True)}
        yield [bundle(named, turn[:3], number / animation.fps)]


def rest(subject: str) -> list[bytes]:
    """A face that does nothing."""
    return [bundle({name[0].upper() + name[1:]: 0.0 for name in SHAPES}, np.zeros(3), 0.0)]


def bundle(values: Mapping[str, float], turn: np.ndarray, seconds: float) -> bytes:
    """An OSC bundle of one frame; `turn` is yaw, pitch and roll of the head, radians, as Live Link Face has them.

    A bundle of 52 shapes is under 4 kB and goes in one datagram. Raises `UserError` where python-osc is not installed.
    """
    try:
        from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
        from pythonosc.osc_message_builder import OscMessageBuilder
    except ImportError:
        raise UserError("VMC needs python-osc: pip install python-osc") from None

    made = OscBundleBuilder(IMMEDIATELY)

    def say(address: str, *words: str | float | int) -> None:
        message = OscMessageBuilder(address)
        for word in words:
            message.add_arg(word, "s" if isinstance(word, str) else "i" if isinstance(word, int) else "f")
        made.add_content(message.build())

    say("/VMC/Ext/OK", 1)
    say("/VMC/Ext/T", float(seconds))
    say(HEAD, "Head", 0.0, 0.0, 0.0, *quaternion(turn))
    for name, value in values.items():
        say("/VMC/Ext/Blend/Val", name, value)
    say("/VMC/Ext/Blend/Apply")
    return made.build().dgram


def quaternion(turn: np.ndarray) -> tuple[float, float, float, float]:
    """(x, y, z, w) of yaw, pitch and roll in Unity's axes (left-handed, Y up), in the order in which a neck turns: Y X Z."""
    from scipy.spatial.transform import Rotation

    yaw, pitch, roll = (float(angle) for angle in turn)
    x, y, z, w = Rotation.from_euler("YXZ", (yaw, pitch, roll)).as_quat()
    return float(x), float(y), float(z), float(w)
