"""`Film`: the pictures of a video file, upright, with their times, one after the other and never all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechface.audio.decode import opened
from speechface.errors import UserError

_EARLY = 2.0
"""Seconds before a wanted time to which a file is wound, because not all kinds of file are wound exactly."""
_BROKEN = 50
"""Damaged packets in a row after which the rest of a file is given up."""


@dataclass(frozen=True)
class Film:
    """What a video file says of its pictures.

    size: (width, height) in pixels as it is shown: turned upright, with square pixels. fps: of the file, on average, or 0
    where it does not say. seconds: length as the file has it, or 0. sound: whether there is a sound track.
    Times are seconds from the start of the file, which pictures and sound share.
    """

    path: Path
    size: tuple[int, int]
    fps: float
    seconds: float
    sound: bool


def probe(path: str | Path) -> Film:
    """Look at a file; `UserError` if it is missing, cannot be read or has no pictures. One picture is decoded."""
    path = Path(path)
    if not path.is_file():
        raise UserError(f"no such file: {path}")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty")
    with opened(path, "video") as container:
        stream = container.streams.video[0]
        first = next(_decoded(container, stream), None)
        if first is None:
            raise UserError(f"{path} holds no picture that can be decoded")
        seconds = float(stream.duration * stream.time_base) if stream.duration else (container.duration or 0) / 1e6
        rate = float(stream.average_rate or 0)
        return Film(path, _shown(first, stream), rate, seconds, bool(container.streams.audio))


def pictures(
    film: Film, start: float = 0.0, end: float = float("inf"), longest: int | None = None
) -> Iterator[tuple[float, np.ndarray]]:
    """(time, picture (H, W, 3) uint8 RGB) of the frames from the last one at or before `start` to the first after `end`.

    Times increase. longest: pictures are made smaller until no side is longer. Frames that cannot be decoded are left
    out. Raises `UserError` if the file cannot be read.
    """
    with opened(film.path, "video") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        zero = (container.start_time or 0) / 1e6
        if start > _EARLY:
            _wind(container, stream, start - _EARLY)
        held: tuple[float, Any] | None = None  # a frame before the start, which is given only if no later one is
        last = float("-inf")
        for number, frame in enumerate(_decoded(container, stream)):
            time = number / (film.fps or 25.0) if frame.time is None else frame.time - zero
            if time <= last:
                continue
            last = time
            if time < start:
                held = time, frame
                continue
            if held is not None and time > start:
                yield held[0], _picture(held[1], stream, longest)
            held = None
            yield time, _picture(frame, stream, longest)
            if time > end:
                return
        if held is not None:
            yield held[0], _picture(held[1], stream, longest)


def pictures_at(film: Film, times: np.ndarray, longest: int | None = None) -> Iterator[np.ndarray]:
    """The picture nearest to each of some increasing times."""
    times = np.asarray(times, dtype=float)
    if not len(times):
        return
    at, before = 0, None
    for now in pictures(film, float(times[0]), float(times[-1]), longest):
        while at < len(times) and times[at] <= now[0]:
            nearer = before if before is not None and times[at] - before[0] < now[0] - times[at] else now
            yield nearer[1]
            at += 1
        before = now
    while at < len(times) and before is not None:
        yield before[1]
        at += 1


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Every frame that can be decoded."""
    import av

    broken = 0
    packets = container.demux(stream)
    while broken < _BROKEN:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # the file ends in the middle of something
            return
        try:
            frames = packet.decode()
            broken = 0
        except av.FFmpegError:
            broken += 1
            continue
        yield from frames


def _wind(container: Any, stream: Any, time: float) -> None:
    """Go to a frame before a time; to the start of the file where that cannot be done."""
    import av

    zero = container.start_time or 0
    try:
        container.seek(int(time * av.time_base) + zero, backward=True, any_frame=False)
        first = next(_decoded(container, stream), None)
        good = first is not None and first.time is not None and first.time - zero / 1e6 <= time
        container.seek(int(time * av.time_base) + zero if good else zero, backward=True, any_frame=False)
    except av.FFmpegError:
        container.seek(zero, backward=True)


def _square(frame: Any, stream: Any) -> tuple[int, int]:
    """(width, height) of a frame with square pixels, as it is stored."""
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    aspect = aspect if 0.2 < aspect < 5 else 1.0
    return max(1, round(frame.width * aspect)), frame.height


def _turns(frame: Any) -> int:
    """Quarter turns to the left that put a frame upright."""
    return round(getattr(frame, "rotation", 0) / 90) % 4


def _shown(frame: Any, stream: Any) -> tuple[int, int]:
    width, height = _square(frame, stream)
    return (height, width) if _turns(frame) % 2 else (width, height)


def _picture(frame: Any, stream: Any, longest: int | None) -> np.ndarray:
    width, height = _square(frame, stream)
    scale = min(1.0, longest / max(width, height)) if longest else 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size != (frame.width, frame.height):
        frame = frame.reformat(width=size[0], height=size[1], format="rgb24", interpolation="AREA")
    return np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), _turns(frame)))
