"""Send a saved animation to an engine in real time, with its sound.

Examples:
  speechface live take.npz --to unreal
  speechface live take.csv --to vmc@192.168.1.5 --sound line.wav --subject Mira --times 0
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Arguments:
    """What to send, and where to."""

    animation: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="ANIMATION", help_behavior_hint="")]
    """Animation: an .npz of speechface, or curves that `speechface.load` reads."""
    to: Annotated[str, tyro.conf.arg(metavar="WIRE")] = "unreal"
    """unreal (Live Link) or vmc (VRM avatars), with a machine and port if it is another: vmc@192.168.1.5:39540."""
    sound: Annotated[
        Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: what the animation belongs to)")
    ] = None
    """Sound to play with it."""
    subject: Annotated[str, tyro.conf.arg(metavar="NAME")] = "speechface"
    """Name of the face in the engine."""
    fps: Annotated[float, tyro.conf.arg(metavar="NUMBER")] = 60.0
    """Frames a second, 1 to 240."""
    times: Annotated[int, tyro.conf.arg(metavar="NUMBER")] = 1
    """How often it is played; 0 plays it until Ctrl-C."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(aliases=["-q"], help_behavior_hint="")] = False
    """Print nothing but errors."""


def run(arguments: Arguments) -> None:
    """Stream it, as often as is asked for."""
    import itertools

    import speechface as sf
    from render.live._stream import Wire
    from speechface.errors import UserError

    if not 1 <= arguments.fps <= 240:
        raise UserError(f"--fps {arguments.fps:g} is not between 1 and 240")
    if arguments.times < 0:
        raise UserError("--times takes 0 or more")
    wire = Wire.of(arguments.to)
    wire.address()
    clip = sf.load(arguments.animation).resample(arguments.fps)
    sound = arguments.sound or clip.audio
    if arguments.sound is not None and not arguments.sound.is_file():
        raise UserError(f"no such sound file: {arguments.sound}")
    for _ in range(arguments.times) if arguments.times else itertools.count():
        play(clip, wire, sound if sound and sound.is_file() else None, arguments.subject, arguments.quiet)


def play(clip, wire, sound: Path | None, subject: str, quiet: bool) -> None:
    """Stream an animation and say how it went."""
    import sys

    from render.live._stream import stream

    def say(text: str) -> None:
        if not quiet:
            print(text, file=sys.stderr)

    if not quiet:
        print(f"{wire}: {clip.duration:.1f} s at {clip.fps:g} frames a second, subject {subject}", flush=True)
    done = stream(clip, wire, sound, subject, say)
    if done.dropped:
        say(f"{done.dropped} of {done.sent + done.dropped} frames were left out: this machine was busy")
