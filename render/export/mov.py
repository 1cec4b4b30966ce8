"""Video (ProRes 4444) for cutting and compositing, transparent if asked for, with its sound (PCM)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from render import video
from render.shot import Shot, track
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.visemes import Segment

SUFFIXES = (".mov",)
shot = Shot
"""What options ask for."""


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
    """Draw an animation on a head as a ProRes 4444 .mov; its alpha is straight: colours are not darkened by it.

    Options are those of `render.export.mp4`; `background="transparent"` leaves out the background. Raises `UserError`.
    """
    chosen = shot(**options)
    heard = track(animation) if sound or chosen.overlay else None
    pictures = chosen.film(animation, head, progress, heard, phones)
    video.write(path, pictures, animation.fps, heard if sound else None, video.PRORES, timecode)
