"""Contact sheets: frames over time in rows, with waveform and phones under them, to look at motion in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from render import backends, motion
from render.drawing import DIM, INK, PAPER, Waveform, draw_phones, draw_wave, font
from render.scene import Scene
from render.sound import Sound
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing
from speechface.heads import Head
from speechface.visemes import Segment

WAVE, LANE, TIMES, GAP = 44, 18, 16, 10
"""Heights in pixels of the waveform, the phones, the times, and the space between lines."""


@dataclass(frozen=True)
class Row:
    """One animation of a sheet. sound and segments are drawn under it if they are given."""

    label: str
    animation: Animation
    head: Head
    sound: Sound | None = None
    segments: Sequence[Segment] = ()


def draw_sheet(
    rows: Sequence[Row],
    rate: float = 8.0,
    start: float = 0.0,
    end: float | None = None,
    columns: int = 10,
    view: str = "front",
    size: int = 192,
    quality: str = "review",
    renderer: str = "software",
) -> Image.Image:
    """A picture of all rows below each other, `rate` frames a second from `start` to `end` seconds.

    After `columns` frames a new line begins, in which all rows follow each other again. The middle of each frame is over
    its time on the waveform. Raises `UserError` if there is nothing between start and end.
    """
    last = max((row.animation.duration for row in rows), default=0.0)
    times = np.arange(start, min(last if end is None else end, last) - 1e-9, 1.0 / rate)
    if not len(times):
        raise UserError(f"nothing to draw between {start:g} and {last if end is None else end:g} seconds")
    strips = [_frames(row, times, view, size, quality, renderer) for row in rows]
    waves = [None if row.sound is None else Waveform(row.sound) for row in rows]
    tall = sum(_height(row, size) for row in rows) + TIMES + GAP
    lines = -(-len(times) // columns)
    sheet = Image.new("RGB", (min(columns, len(times)) * size, lines * tall), PAPER)
    for line in range(lines):
        chosen = slice(line * columns, (line + 1) * columns)
        _draw_line(sheet, line * tall, rows, [strip[chosen] for strip in strips], waves, times[chosen], rate, size)
    return sheet


def write(path: str | Path, image: Image.Image) -> None:
    """Write a sheet as PNG or JPEG, by its ending. Raises `UserError` for another ending."""
    path = Path(path)
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UserError(f"a sheet is a .png or a .jpg, not '{path.name}'")
    with writing(path) as part:
        image.save(part, quality=92)


def write_together(animations: Mapping[str, Animation], path: str | Path, head: Head, size: int = 160) -> None:
    """Write a sheet of a few frames of each animation, by its label, on one head: what training shows of itself."""
    rows = [Row(label, animation, head) for label, animation in animations.items()]
    longest = max(row.animation.duration for row in rows)
    write(path, draw_sheet(rows, rate=10 / longest, columns=10, size=size))


def _height(row: Row, size: int) -> int:
    return size + (WAVE if row.sound is not None else 0) + (LANE if row.segments else 0)


def _frames(row: Row, times: np.ndarray, view: str, size: int, quality: str, renderer: str) -> list[np.ndarray]:
    """Pictures of a row at times; none after its end."""
    numbers = np.rint(times * row.animation.fps).astype(np.int64)
    numbers = numbers[numbers < len(row.animation)]
    controls = motion.controls(row.animation, row.head)
    scene = Scene.of(row.head, view, (size, size), quality)
    return list(backends.draw((row.head.vertices(controls[number]) for number in numbers), scene, renderer))


def _draw_line(
    sheet: Image.Image,
    top: int,
    rows: Sequence[Row],
    strips: Sequence[Sequence[np.ndarray]],
    waves: Sequence[Waveform | None],
    times: np.ndarray,
    rate: float,
    size: int,
) -> None:
    """Draw one line of every row with a time under each frame."""
    draw, wide = ImageDraw.Draw(sheet), len(times) * size
    start, end = times[0] - 0.5 / rate, times[-1] + 0.5 / rate
    for row, strip, wave in zip(rows, strips, waves, strict=True):
        for column, picture in enumerate(strip):
            sheet.paste(Image.fromarray(picture), (column * size, top))
        draw.text((6, top + 4), row.label, fill=INK, font=font(max(11, size // 14)))
        top += size
        if wave is not None:
            draw_wave(sheet, (0, top, wide, top + WAVE), wave, start, end)
            top += WAVE
        if row.segments:
            draw_phones(sheet, (0, top, wide, top + LANE), row.segments, start, end)
            top += LANE
    for column, time in enumerate(times):
        place = (column * size + size // 2, top + TIMES // 2)
        draw.text(place, f"{time:.2f} s", fill=DIM, font=font(11), anchor="mm")
