"""A take of Live Link Face (.csv): ARKit's 52 shapes, head and eyes, for Unreal, Blender and Maya add-ons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from render.export import _curves
from render.turns import turns
from speechface import rigs
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.timecode import start

SUFFIXES = (".livelink.csv",)
RIG = "arkit"
LAYERS = "beside"

TURNS = ("HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
         "RightEyeYaw", "RightEyePitch", "RightEyeRoll")  # fmt: skip
"""The columns after the shapes, in radians. The app's yaw and roll have the other sign than ours."""


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    timecode: str | None = None,
) -> None:
    """Write 63 columns: timecode, 61, shapes 0..1, rotations in radians; the head is not needed.

    A timecode's last part counts 60ths of a second at any frame rate. timecode: of the first frame. The app names a file
    SLATE_TAKE_SUBJECT.csv, and some readers take the subject from there. Raises `UserError` for a rig that is not known.
    """
    made = _curves.of(animation, RIG)
    shapes = [name for name in rigs.load(RIG).names if not name.startswith("head")]
    table = np.concatenate([made.columns(shapes), turns(made)], axis=1)
    header = ["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in shapes), *TURNS]
    begin = _seconds(timecode, made.fps)
    with writing(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(header) + "\n")
        for number, row in enumerate(table):
            cells = ",".join(f"{value:.10f}" for value in row + 0.0)
            file.write(f"{_code(begin + number / made.fps)},{len(row)},{cells}\n")
            progress((number + 1) / len(table))


def _seconds(text: str | None, fps: float) -> float:
    """Seconds of the day that a timecode names."""
    first = start(text, fps)
    hours, minutes, seconds, frames = first.named
    return 3600.0 * hours + 60.0 * minutes + seconds + frames / max(1, round(first.rate))


def _code(seconds: float) -> str:
    """HH:MM:SS:FF.fff, where FF.fff are 60ths of a second."""
    thousandths = round(seconds * 60000.0)  # of a 60th, so that 59.9996 is the next second
    whole, rest = divmod(thousandths, 60000)
    return f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
