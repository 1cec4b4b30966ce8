"""Videos for review: waveform, playhead, phones and text in the picture, and several videos side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from render.drawing import DIM, HEAD, INK, PAPER, Waveform, draw_phones, draw_wave, font
from render.sound import Sound
from speechface.visemes import Segment

SECOND = 213
"""Pixels a second of sound takes, so that phones can be read; the present is in the middle of the strip."""
SHORTEST, LONGEST = 1.5, 5.0
"""Seconds of sound that are shown at least and at most."""


def draw_over(
    pictures: Iterable[np.ndarray],
    fps: float,
    text: str | Callable[[float], str] = "",
    sound: Sound | None = None,
    segments: Sequence[Segment] = (),
) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) uint8 with a strip at the bottom: sound and phones running past a playhead, text and the time.

    text: what stands there, or a function from seconds to that.
    """
    wave = None if sound is None else Waveform(sound)
    for number, picture in enumerate(pictures):
        said = text if isinstance(text, str) else text(number / fps)
        yield _annotate(picture, number, fps, said, wave, segments)


def side_by_side(
    videos: Sequence[Iterable[np.ndarray]], labels: Sequence[str], columns: int = 0
) -> Iterator[np.ndarray]:
    """One video of several of equal size, each with its label on top; it ends with the shortest.

    columns: after how many a new row begins; all are in one row if not given. Pictures (H, W, 3 or 4) stay what they are.
    """
    columns = columns or len(videos)
    for pictures in zip(*videos, strict=False):
        height, width, channels = pictures[0].shape
        rows = -(-len(pictures) // columns)
        sheet = np.zeros((rows * height, min(columns, len(pictures)) * width, channels), dtype=np.uint8)
        if channels == 3:
            sheet[:] = PAPER
        corners = [(number % columns * width, number // columns * height) for number in range(len(pictures))]
        for picture, (left, top) in zip(pictures, corners, strict=True):
            sheet[top : top + height, left : left + width] = picture
        image = Image.fromarray(sheet)
        draw, letters = ImageDraw.Draw(image), font(max(12, height // 24))
        for label, (left, top) in zip(labels, corners, strict=True):
            place = (left + max(6, height // 32), top + max(5, height // 40))  # beside the head, not on its hair
            draw.text(place, label, fill=INK, font=letters, stroke_width=1, stroke_fill=PAPER)
        yield np.asarray(image)


def _annotate(
    picture: np.ndarray, number: int, fps: float, text: str, wave: Waveform | None, segments: Sequence[Segment]
) -> np.ndarray:
    """One picture with its strip."""
    height, width = picture.shape[:2]
    tall, lane, letters = max(48, height // 8), max(14, height // 36), font(max(11, height // 40))
    strip = Image.new("RGB", (width, tall), PAPER)
    now = number / fps
    window = min(max(width / SECOND, SHORTEST), LONGEST)
    start, end = now - window / 2.0, now + window / 2.0
    if wave is not None:
        draw_wave(strip, (0, lane, width, tall - (lane if segments else 0)), wave, start, end)
    if segments:
        draw_phones(strip, (0, tall - lane, width, tall), segments, start, end)
    draw = ImageDraw.Draw(strip)
    draw.line((width // 2, lane, width // 2, tall), fill=HEAD, width=2)
    draw.text((8, lane // 2), text, fill=INK, font=letters, anchor="lm")
    draw.text((width - 8, lane // 2), f"{now:.2f} s  #{number}", fill=DIM, font=letters, anchor="rm")
    out = picture.copy()
    bottom = out[height - tall :].astype(np.uint16)
    out[height - tall :] = ((bottom + 4 * np.asarray(strip, dtype=np.uint16)) // 5).astype(np.uint8)
    return out
