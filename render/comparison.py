"""Several animations in one video, side by side, each with its name on top."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from render import video
from render.overlay import draw_over, side_by_side
from render.scene import check_size
from render.shot import Shot
from render.sound import Sound
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.visemes import Segment

CODINGS = {".mp4": video.H264, ".mov": video.PRORES}
"""Endings of files that hold a comparison."""


def columns(count: int) -> int:
    """How many animations stand beside each other: up to four in one row, more in rows of nearly equal length."""
    return math.ceil(count / math.ceil(count / 4))


def check(path: str | Path, shot: Shot, count: int) -> None:
    """Raise `UserError` where `count` animations filmed by a shot cannot be put into a file of this name."""
    path = Path(path)
    if path.suffix.lower() not in CODINGS:
        raise UserError(f"a comparison is a video: .mp4 or .mov, not '{path.name}'")
    if shot.transparent and not CODINGS[path.suffix.lower()].clear:
        raise UserError(f"{path.name} cannot be transparent; write a .mov")
    across = columns(count)
    check_size((across * shot.sides[0], math.ceil(count / across) * shot.sides[1]))


def write(
    path: str | Path,
    animations: Sequence[Animation],
    heads: Sequence[Head],
    labels: Sequence[str],
    shot: Shot,
    sound: Sound | None = None,
    phones: Sequence[Segment] = (),
    progress: Callable[[float], None] = unwatched,
) -> None:
    """Write animations side by side as a video with a sound; it lasts as long as the shortest.

    Each is filmed by the same shot, on its own head, at the highest frame rate among them. The overlay, if the shot has one,
    lies under all of them. Raises `UserError`.
    """
    check(path, shot, len(animations))
    fps = max(animation.fps for animation in animations)
    round_ = min(animation.duration for animation in animations) if shot.turntable is True else shot.turntable
    plain = replace(shot, overlay=False, turntable=round_)
    # All are drawn frame by frame in step, so the first one tells how far the work is.
    watched = [progress, *[unwatched] * (len(animations) - 1)]
    videos = [
        plain.film(animation.resample(fps), head, told)
        for animation, head, told in zip(animations, heads, watched, strict=True)
    ]
    pictures = side_by_side(videos, labels, columns(len(videos)))
    if shot.overlay:
        pictures = draw_over(pictures, fps, "", sound, phones)
    video.write(path, pictures, fps, sound, CODINGS[Path(path).suffix.lower()])
