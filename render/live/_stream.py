"""An animation sent over a wire in real time, with its sound."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from render.live._clock import Pace, pace
from render.live._speaker import speaker
from speechface import plugins
from speechface.animation import Animation
from speechface.errors import UserError

HEAD_START = 0.05
"""Seconds from being ready to the first frame."""


@dataclass(frozen=True)
class Wire:
    """Where an animation goes: a kind of wire, a machine and a port."""

    kind: str
    host: str
    port: int

    @staticmethod
    def of(text: str) -> Wire:
        """`unreal`, `vmc`, `unreal@192.168.1.5` or `vmc@host:39540`; `UserError` for anything else."""
        kind, _, place = text.partition("@")
        port = plugins.load("render.live", kind, "wire").PORT
        host, colon, number = place.partition(":")
        if colon:
            if not number.isdigit() or not 0 < int(number) < 65536:
                raise UserError(f"'{number}' in {text} is no port; give a number from 1 to 65535")
            port = int(number)
        return Wire(kind, host or "127.0.0.1", port)

    def address(self) -> tuple[socket.AddressFamily, tuple]:
        """Family and address of the machine; `UserError` where there is none of that name."""
        try:
            family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
        except OSError:
            raise UserError(f"there is no machine '{self.host}' that can be found") from None
        return family, address

    def __str__(self) -> str:
        return f"{self.kind}@{self.host}:{self.port}"


def stream(
    animation: Animation,
    wire: Wire,
    sound: Path | None,
    subject: str = "speechface",
    say: Callable[[str], None] = lambda text: None,
) -> Pace:
    """Send every frame at its time while the sound plays, and leave the face at rest, also after Ctrl-C.

    say: told why there is no sound, if there is none. Raises `UserError` for a machine that is not known and a rig that cannot
    be converted.
    """
    plugin = plugins.load("render.live", wire.kind, "wire")
    frames = list(plugin.messages(animation, subject))
    family, address = wire.address()
    found = speaker(sound) if sound else "no sound to play"
    if isinstance(found, str):
        say(found)
    with socket.socket(family, socket.SOCK_DGRAM) as out:

        def send(message: bytes) -> None:
            with contextlib.suppress(ConnectionRefusedError):  # nobody listens yet: a telephone would go on, too
                out.sendto(message, address)

        try:
            delay = HEAD_START if isinstance(found, str) else found[0]()
            return pace(frames, animation.fps, send, time.perf_counter() + delay)
        finally:
            if not isinstance(found, str):
                found[1]()
            for message in plugin.rest(subject):
                send(message)
