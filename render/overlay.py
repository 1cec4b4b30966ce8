"""Videos for review: waveform, playhead, phones and text in the picture, and several videos side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from render.drawing import DIM, HEAD, INK, PAPER, Waveform, draw_phones, draw_wave, font
from render.sound import Sound
from speechface.visemes import Segment

WINDOW = 4.0
"""Seconds of sound that are shown, the present in their middle."""


def draw_over(
    pictures: Iterable[np.ndarray],
    fps: float,
    text: str = "",
    sound: Sound | None = None,
    segments: Sequence[Segment] = (),
) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) uint8 with a strip at the bottom: sound and phones running past a playhead, text and the time."""
    wave = None if sound is None else Waveform(sound)
    for number, picture in enumerate(pictures):
        yield _annotate(picture, number, fps, text, wave, segments)


def side_by_side(videos: Sequence[Iterable[np.ndarray]], labels: Sequence[str]) -> Iterator[np.ndarray]:
    """One video of several of equal height, each with its label on top; it ends with the shortest."""
    for pictures in zip(*videos, strict=False):
        image = Image.fromarray(np.concatenate(pictures, axis=1))
        draw, left = ImageDraw.Draw(image), 0
        for picture, label in zip(pictures, labels, strict=True):
            draw.text((left + 10, 8), label, fill=INK, font=font(max(12, picture.shape[0] // 32)))
            left += picture.shape[1]
        yield np.asarray(image)


def _annotate(
    picture: np.ndarray, number: int, fps: float, text: str, wave: Waveform | None, segments: Sequence[Segment]
) -> np.ndarray:
    """One picture with its strip."""
    height, width = picture.shape[:2]
    tall, lane, letters = max(40, height // 9), max(14, height // 36), font(max(11, height // 40))
    strip = Image.new("RGB", (width, tall), PAPER)
    now = number / fps
    start, end = now - WINDOW / 2.0, now + WINDOW / 2.0
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
