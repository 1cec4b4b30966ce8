"""A folder of .png pictures, one a frame, transparent if asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from render.export._frames import write_frames
from render.shot import Shot, track
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.visemes import Segment

SUFFIXES = (".png",)
shot = Shot
"""What options ask for."""


def write(
    animation: Animation,
    path: str | Path,
    head: Head,
    progress: Callable[[float], None] = unwatched,
    phones: Sequence[Segment] = (),
    **options: Any,
) -> None:
    """Write PATH without its ending as a folder with NAME_00000.png, NAME_00001.png, ...

    Options are the fields of `render.shot.Shot`; transparent pictures have straight alpha. Raises `UserError`.
    """
    chosen = shot(**options)
    heard = track(animation, "leave out the overlay") if chosen.overlay else None
    write_frames(Path(path), None, chosen.film(animation, head, progress, heard, phones), _encode)


def _encode(picture: np.ndarray) -> bytes:
    """A picture (H, W, 3) or (H, W, 4) as a file; little compression, which takes longer than drawing."""
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=3)
    return file.getvalue()
