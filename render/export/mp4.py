"""Video (H.264) of the talking head, with its sound (AAC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from render import video
from render.shot import Shot, track
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.visemes import Segment

SUFFIXES = (".mp4",)


def shot(**options: Any) -> Shot:
    """What options ask for; `UserError` where that is nothing this kind of file can hold."""
    chosen = Shot(**options)
    if chosen.transparent:
        raise UserError("an mp4 cannot be transparent; write a .mov, or a folder of .png pictures")
    return chosen


def write(
    animation: Animation,
    path: str | Path,
    head: Head,
    progress: Callable[[float], None] = unwatched,
    sound: bool = True,
    phones: Sequence[Segment] = (),
    timecode: str | None = None,
    **options: Any,
) -> None:
    """Draw an animation on a head as an mp4, with the sound the animation belongs to.

    sound: whether to add the sound, if there is one. phones: drawn under the waveform of an overlay. timecode: of the first
    frame, as 01:00:00:00. Other options are the fields of `render.shot.Shot`: size, camera, quality, renderer, overlay,
    turntable, background. Raises `UserError`.
    """
    chosen = shot(**options)
    heard = track(animation) if sound or chosen.overlay else None
    pictures = chosen.film(animation, head, progress, heard, phones)
    video.write(path, pictures, animation.fps, heard if sound else None, timecode=timecode)
