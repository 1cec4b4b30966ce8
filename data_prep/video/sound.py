"""The sound of a film as 16 kHz mono on the film's own clock, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechface.errors import UserError

RATE = 16000
_SLACK = 0.03
"""Seconds by which sound may come early or late before it is moved: time stamps of good files are rounded."""
_HOLE = 600.0
"""Seconds of silence between packets that are believed."""


def blocks(path: str | Path) -> Iterator[np.ndarray]:
    """(n,) float32 blocks whose first sample is at the start of the file, which pictures and sound share.

    Holes between packets become silence, and what comes before the start or twice is dropped. Packets that cannot be
    decoded become silence as well; a hole of over ten minutes is a wrong time stamp and ignored.
    Raises `UserError` if the file has no sound.
    """
    import av

    try:
        container = av.open(str(path))
    except (av.FFmpegError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({(getattr(error, 'strerror', None) or str(error)).lower()})") from None
    with container:
        if not container.streams.audio:
            raise UserError(f"{path} holds no sound")
        stream = container.streams.audio[0]
        zero = (container.start_time or 0) / 1e6
        resampler = av.AudioResampler(format="fltp", rate=RATE)
        heard = 0.0
        for frame in _decoded(container, stream):
            at = heard if frame.time is None else frame.time - zero
            samples = frame.samples
            if _SLACK < at - heard < _HOLE:
                hole = _silence(frame, round((at - heard) * frame.sample_rate))
                for piece in resampler.resample(hole):
                    yield piece.to_ndarray().mean(axis=0)
                heard = at
            if _SLACK < heard - at < _HOLE:
                skip = round((heard - at) * frame.sample_rate)
                if skip >= samples:
                    continue
                frame = _cut(frame, skip)
                samples -= skip
            frame.pts = None
            for piece in resampler.resample(frame):
                yield piece.to_ndarray().mean(axis=0)
            heard += samples / frame.sample_rate
        for piece in resampler.resample(None):
            yield piece.to_ndarray().mean(axis=0)


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Every frame that can be decoded."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames


def _silence(like: Any, samples: int) -> Any:
    """So many samples of silence, in a frame such as another one."""
    import av

    planes = like.to_ndarray()
    shape = (planes.shape[0], samples * planes.shape[1] // like.samples)
    middle = 128 if planes.dtype == np.uint8 else 0
    frame = av.AudioFrame.from_ndarray(
        np.full(shape, middle, planes.dtype), format=like.format.name, layout=like.layout.name
    )
    frame.sample_rate = like.sample_rate
    return frame


def _cut(frame: Any, skip: int) -> Any:
    """The frame without its first samples."""
    import av

    planes = frame.to_ndarray()
    rest = np.ascontiguousarray(planes[:, skip * planes.shape[1] // frame.samples :])
    shorter = av.AudioFrame.from_ndarray(rest, format=frame.format.name, layout=frame.layout.name)
    shorter.sample_rate = frame.sample_rate
    return shorter
