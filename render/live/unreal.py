"""Unreal's Live Link, as an iPhone with Live Link Face sends it: UDP, version 6, ARKit's shapes, head and eyes."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from render.live._arkit import SHAPES, shapes
from speechface.animation import Animation

PORT = 11111
DEVICE = "5F3ACE00-0000-4000-8000-000000000001"
"""36 characters, as an iPhone's identifier has."""
_SWAPS = {"jawRight": "jawLeft", "jawLeft": "jawRight", "mouthRight": "mouthLeft", "mouthLeft": "mouthRight"}
ORDER = tuple(_SWAPS.get(name, name) for name in SHAPES)
"""On the wire, left comes before right where the table of the app has it the other way round."""
_PLACES = [SHAPES.index(name) for name in ORDER]


def messages(animation: Animation, subject: str) -> Iterator[list[bytes]]:
    """One datagram a frame; frames are numbered from the time of day, as timecode is."""
    rate = Fraction(animation.fps).limit_denominator(1001)
    now = time.localtime()
    first = round((3600 * now.tm_hour + 60 * now.tm_min + now.tm_sec) * rate)
    values, turns = shapes(animation)
    for number, row in enumerate(np.concatenate([values[:, _PLACES], turns], axis=1)):
        yield [packet(row, subject, first + number, rate)]


def rest(subject: str) -> list[bytes]:
    """A face that does nothing."""
    return [packet(np.zeros(len(ORDER) + 9), subject, 0, Fraction(60))]


def packet(values: np.ndarray, subject: str, frame: int, rate: Fraction) -> bytes:
    """One datagram of 61 values: big-endian, as docs of the protocol and its readers have it (version 6)."""
    device, name = DEVICE.encode("ascii"), subject.encode("utf-8")
    return b"".join(
        (
            struct.pack(">Bi", 6, len(device)), device,
            struct.pack(">i", len(name)), name,
            struct.pack(">ifii", frame, 0.0, rate.numerator, rate.denominator),
            struct.pack(f">B{len(values)}f", len(values), *map(float, values)),
        )
    )  # fmt: skip
