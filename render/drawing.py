"""What sheets and overlays have in common: the waveform, phones and text, drawn against time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from render.sound import Sound
from speechface.visemes import Segment

PAPER, INK, DIM, WAVE, HEAD = (24, 26, 31), (232, 234, 238), (128, 136, 148), (96, 165, 214), (255, 186, 92)


@cache
def font(height: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own font, so that pictures look the same everywhere."""
    return ImageFont.load_default(height)


class Waveform:
    """Highest and lowest sample at any time of a sound, read once."""

    STEP = 0.0025
    """Seconds a bin."""

    def __init__(self, sound: Sound) -> None:
        samples = sound.read()
        size = max(1, round(self.STEP * sound.rate))
        bins = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
        peak = max(float(np.abs(samples).max(initial=0.0)), 1e-3)
        self.step = size / sound.rate
        self.low, self.high = bins.min(axis=1) / peak, bins.max(axis=1) / peak

    def between(self, start: float, end: float, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest value (width,), -1..1, in each of `width` equal pieces of a stretch of time in seconds."""
        edges = np.floor(np.linspace(start, end, width + 1) / self.step).astype(np.int64)
        low, high = np.zeros(width), np.zeros(width)
        for column in range(width):
            piece = slice(max(edges[column], 0), max(edges[column + 1], edges[column] + 1, 0))
            if len(self.low[piece]):
                low[column], high[column] = self.low[piece].min(), self.high[piece].max()
        return low, high


def draw_wave(image: Image.Image, box: tuple[int, int, int, int], wave: Waveform, start: float, end: float) -> None:
    """Draw a stretch of a waveform into a box (left, top, right, bottom) of a picture."""
    left, top, right, bottom = box
    low, high = wave.between(start, end, right - left)
    middle, half = (top + bottom) / 2.0, (bottom - top) / 2.0 - 1.0
    draw = ImageDraw.Draw(image)
    for column in range(right - left):
        x = left + column
        draw.line((x, middle - half * high[column], x, middle - half * low[column]), fill=WAVE)


def draw_phones(
    image: Image.Image, box: tuple[int, int, int, int], segments: Sequence[Segment], start: float, end: float
) -> None:
    """Draw phones at their times into a box, with a line where each begins; silence is left empty.

    The two halves of a diphthong are one phone here. A name that has no room between its lines is left out.
    """
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    letters = font(min(13, bottom - top - 2))
    scale = (right - left) / (end - start)
    for segment in _whole(segments):
        if segment.end <= start or segment.start >= end:
            continue
        first, last = left + (segment.start - start) * scale, left + (segment.end - start) * scale
        if segment.start >= start:
            draw.line((first, top, first, bottom), fill=DIM)
        if segment.viseme != 0 and draw.textlength(segment.phone, letters) <= last - first:
            middle = (max(first, left) + min(last, right)) / 2.0
            draw.text((middle, (top + bottom) / 2.0), segment.phone, fill=INK, font=letters, anchor="mm")


def _whole(segments: Sequence[Segment]) -> list[Segment]:
    """Segments in which those that follow each other under one name are one."""
    out: list[Segment] = []
    for segment in segments:
        if out and out[-1].phone == segment.phone and out[-1].end == segment.start:
            out[-1] = out[-1]._replace(end=segment.end)
        else:
            out.append(segment)
    return out
